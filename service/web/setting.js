/** The setting of the page, and how the address of the page holds it. */

import { LECTURE_METHOD, limitKnown, MAX_DEGREE, OPTIMIZERS, SCHEDULES } from "./methods.js";
import { isNetwork, names, networkOf, row } from "./models.js";

/**
 * The part of the limit of a good rate. For the unscaled points of the lecture, it is the lecture's
 * rate of 1e-5.
 */
export const GOOD_PART = 0.2825;

/** @type {Synthetic} the points of the lecture */
export const LECTURE = { points: 20, noise: 3, seed: 42 };

/** The fewest and the most points that the service draws, or fits for this page. */
export const POINTS = { low: 3, high: 50_000 };

/** The points of the lecture, and a start that the service draws. */
export const LECTURE_DATA = { synthetic: LECTURE, points: null, since: "", start: null, walked: 0 };

/** @type {Setting} the points and start of the lecture, with t rescaled */
export const FIRST = {
  ...LECTURE_DATA,
  rate: { lr: 0.114, part: GOOD_PART },
  steps: 60,
  scale: "standardize",
  ...LECTURE_METHOD,
};

/** @type {Partial<Setting>} the lecture's own run: t as it is, and ten steps at its rate */
export const LECTURE_RUN = {
  ...LECTURE_DATA,
  rate: { lr: 1e-5 },
  steps: 10,
  scale: "none",
  ...LECTURE_METHOD,
};

/** What t can be counted from: a date, or a number. */
const SINCE = /^(\d{4}-\d\d-\d\d|-?\d+(\.\d+)?(e[-+]?\d+)?)$/;
const SCALES = ["standardize", "none", "orthonormal"];

/**
 * Whether the points and the model are those of the lecture.
 * @param {Setting} setting
 */
export function isLecture({ points, synthetic, model, degree }) {
  const same = Object.entries(LECTURE).every(
    ([name, value]) => synthetic[/** @type {keyof Synthetic} */ (name)] === value,
  );
  return !points && same && model === LECTURE_METHOD.model && degree === LECTURE_METHOD.degree;
}

/** @typedef {"open" | "tried" | null} ChallengeState before an attempt at the challenge, after one, and outside of a challenge */

/**
 * Returns the setting as the fragment of an address. The user's own points are compressed.
 * @param {Setting} setting
 * @param {number} step the selected one, or -1 for the last
 * @param {string | null} job the id of the job that is shown
 * @param {ChallengeState} challenge
 */
export async function toFragment(setting, step, job, challenge) {
  const fields = new URLSearchParams();
  if (setting.points) fields.set("data", await packed(written(setting.points)));
  else for (const [name, value] of Object.entries(setting.synthetic)) fields.set(name, String(value));
  if (setting.since) fields.set("since", setting.since);
  if (setting.start) fields.set("start", `${await startCells(setting.start)},${setting.walked}`);
  const { rate } = setting;
  if (rate !== "best" && "lr" in rate) fields.set("lr", String(rate.lr));
  else if (rate !== "best") fields.set("part", String(rate.part));
  fields.set("steps", String(setting.steps));
  fields.set("scale", setting.scale);
  for (const [name, usual] of Object.entries(LECTURE_METHOD)) {
    const chosen = setting[/** @type {keyof Method} */ (name)];
    if (chosen !== usual) fields.set(name, String(chosen));
  }
  if (step >= 0) fields.set("step", String(step));
  if (job) fields.set("job", job);
  if (challenge) fields.set("challenge", challenge);
  return fields.toString().replaceAll("%2C", ",");
}

/**
 * Reads the setting of an address. Unreadable fields have their default; `problem` is the name of the
 * sentence about points that cannot be read or drawn, or an empty text.
 * @param {string} fragment
 * @returns {Promise<{ setting: Setting, step: number, job: string | null, challenge: ChallengeState, problem: string }>}
 */
export async function fromFragment(fragment) {
  const fields = new URLSearchParams(fragment);
  const scale = fields.get("scale") ?? "";
  const challenge = fields.get("challenge");
  const since = fields.get("since") ?? "";
  const points = pointsOf(await unpacked(fields.get("data")));
  const method = methodOf(fields);
  const count = whole(fields.get("points"), LECTURE.points);
  const drawable = count >= POINTS.low && count <= POINTS.high;
  const lost = !points && Boolean(fields.get("data"));
  const setting = {
    synthetic: {
      points: drawable ? count : LECTURE.points,
      noise: amount(fields.get("noise"), LECTURE.noise),
      seed: whole(fields.get("seed"), LECTURE.seed),
    },
    points,
    since: points && SINCE.test(since) ? since : "",
    ...(await startOf(fields, method)),
    rate: FIRST.rate,
    steps: whole(fields.get("steps"), FIRST.steps) || FIRST.steps,
    scale: /** @type {Scale} */ (SCALES.includes(scale) ? scale : FIRST.scale),
    ...method,
  };
  return {
    setting: { ...setting, rate: rateOf(fields, setting) },
    step: whole(fields.get("step"), -1),
    job: /^[0-9a-z]+$/.test(fields.get("job") ?? "") ? fields.get("job") : null,
    challenge: challenge === "open" || challenge === "tried" ? challenge : null,
    problem: problemOf(lost, drawable),
  };
}

/**
 * @param {boolean} lost whether the user's points cannot be read
 * @param {boolean} drawable whether the service can draw as many points as the address asks for
 */
function problemOf(lost, drawable) {
  if (lost) return "lostPoints";
  return drawable ? "" : "undrawable";
}

/**
 * @param {URLSearchParams} fields
 * @returns {Method}
 */
function methodOf(fields) {
  const degree = whole(fields.get("degree"), 0);
  const optimizer = /** @type {Optimizer} */ (fields.get("optimizer") ?? "");
  const known = Object.hasOwn(OPTIMIZERS, optimizer) ? optimizer : LECTURE_METHOD.optimizer;
  const schedule = /** @type {Method["schedule"]} */ (fields.get("schedule") ?? "");
  return {
    model: fields.get("model") === "network" ? "network" : "polynomial",
    degree: degree >= 1 && degree <= MAX_DEGREE ? degree : LECTURE_METHOD.degree,
    optimizer: known,
    amount: amountOf(fields.get("amount"), known),
    batch: whole(fields.get("batch"), 0) || null,
    schedule: Object.hasOwn(SCHEDULES, schedule) ? schedule : LECTURE_METHOD.schedule,
  };
}

/**
 * @param {string | null} field
 * @param {Optimizer} optimizer
 */
function amountOf(field, optimizer) {
  const named = OPTIMIZERS[optimizer].amount;
  if (!named) return null;
  const value = amount(field, named.usual);
  return value < named.below ? value : named.usual;
}

/**
 * @param {URLSearchParams} fields
 * @param {Method} method
 */
async function startOf(fields, { model, degree }) {
  const cells = (fields.get("start") ?? "").split(",");
  if (model === "network") {
    const numbers = (await unpacked(cells[0])).split(",").map(Number);
    return { start: networkOf(numbers), walked: whole(cells[1], 0) };
  }
  const start = Object.fromEntries(
    names(degree).map((name, i) => [name, cells[i]?.trim() ? Number(cells[i]) : Number.NaN]),
  );
  return {
    start: Object.values(start).every(Number.isFinite) ? start : null,
    walked: whole(cells[degree + 1], 0),
  };
}

/** @param {Params} start */
async function startCells(start) {
  const numbers = row(start).join(",");
  return isNetwork(start) ? packed(numbers) : numbers;
}

/**
 * Returns the rate of an address. Without one, it is the same part of the limit as at first, or the
 * best one if there is no limit.
 * @param {URLSearchParams} fields
 * @param {Setting} setting
 * @returns {Rate}
 */
function rateOf(fields, setting) {
  const lr = Number(fields.get("lr"));
  const given = Number(fields.get("part"));
  if (lr > 0 && Number.isFinite(lr)) return { lr };
  if (!limitKnown(setting)) return "best";
  const part = given > 0 && Number.isFinite(given) ? given : GOOD_PART;
  const first = isLecture(setting) && setting.scale === FIRST.scale && setting.optimizer === FIRST.optimizer;
  return first && part === GOOD_PART ? FIRST.rate : { part };
}

/**
 * @param {string | null | undefined} field
 * @param {number} otherwise
 */
function whole(field, otherwise) {
  return field && /^\d{1,16}$/.test(field) ? Number(field) : otherwise;
}

/**
 * @param {string | null} field
 * @param {number} otherwise
 */
function amount(field, otherwise) {
  const value = field ? Number(field) : Number.NaN;
  return value >= 0 && Number.isFinite(value) ? value : otherwise;
}

/** @param {Points} points */
function written({ t, y }) {
  return t.map((time, i) => `${time},${y[i]}`).join(";");
}

/** @param {string} written */
function pointsOf(written) {
  const rows = written.split(";").map((row) => row.split(",").map(Number));
  if (!rows.every((row) => row.length === 2 && row.every(Number.isFinite))) return null;
  return { t: rows.map((row) => row[0]), y: rows.map((row) => row[1]) };
}

/**
 * Compresses numbers into letters that an address can hold.
 * @param {string} numbers
 */
async function packed(numbers) {
  const bytes = await through(new Blob([numbers]), new CompressionStream("deflate-raw"));
  let letters = "";
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * Returns the numbers of letters, or an empty text if they are unreadable.
 * @param {string | null} letters
 */
async function unpacked(letters) {
  if (!letters) return "";
  try {
    const binary = atob(letters.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    return new TextDecoder().decode(await through(new Blob([bytes]), new DecompressionStream("deflate-raw")));
  } catch {
    return "";
  }
}

/**
 * @param {Blob} blob
 * @param {CompressionStream | DecompressionStream} change
 */
async function through(blob, change) {
  return new Uint8Array(await new Response(blob.stream().pipeThrough(change)).arrayBuffer());
}
