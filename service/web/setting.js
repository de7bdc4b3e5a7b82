// @ts-check
/** The setting of the page, and how the address of the page holds it. */

/** @typedef {import("./numbers.js").Params} Params */
/** @typedef {{ t: number[], y: number[] }} Points */
/** @typedef {{ points: number, noise: number, seed: number }} Synthetic */
/** @typedef {"standardize" | "none" | "orthonormal"} Scale */
/** @typedef {{ lr: number, part?: number } | { part: number } | "best"} Rate a number, with the part of the limit from which it was computed; a part of the limit; or the best rate */
/**
 * `points` are the user's own. If they are null, the service draws `synthetic` ones. If `start` is
 * null, the service draws it. `walked` is the number of steps that led to `start`.
 * @typedef {{ synthetic: Synthetic, points: Points | null, start: Params | null, walked: number, rate: Rate, steps: number, scale: Scale }} Setting
 */

/**
 * The part of the limit of a good rate. For the unscaled points of the lecture, it is the lecture's
 * rate of 1e-5.
 */
export const GOOD_PART = 0.2825;

/** @type {Synthetic} the points of the lecture */
export const LECTURE = { points: 20, noise: 3, seed: 42 };

/** @type {Setting} the points and start of the lecture, with t rescaled */
export const FIRST = {
  synthetic: LECTURE,
  points: null,
  start: null,
  walked: 0,
  rate: { part: GOOD_PART },
  steps: 60,
  scale: "standardize",
};

/** @type {Partial<Setting>} the lecture's own run: t as it is, and ten steps at its rate */
export const LECTURE_RUN = {
  synthetic: LECTURE,
  points: null,
  start: null,
  walked: 0,
  rate: { lr: 1e-5 },
  steps: 10,
  scale: "none",
};

const SCALES = ["standardize", "none", "orthonormal"];

/**
 * Returns the setting as the fragment of an address. The user's own points are compressed.
 * @param {Setting} setting
 * @param {number} step the selected one, or -1 for the last
 * @param {string | null} job the id of the job that is shown
 */
export async function toFragment(setting, step, job) {
  const fields = new URLSearchParams();
  if (setting.points) fields.set("data", await packed(setting.points));
  else for (const [name, value] of Object.entries(setting.synthetic)) fields.set(name, String(value));
  if (setting.start) fields.set("start", [setting.start.a, setting.start.b, setting.start.c, setting.walked].join(","));
  const { rate } = setting;
  if (rate !== "best" && "lr" in rate) fields.set("lr", String(rate.lr));
  else if (rate !== "best") fields.set("part", String(rate.part));
  fields.set("steps", String(setting.steps));
  fields.set("scale", setting.scale);
  if (step >= 0) fields.set("step", String(step));
  if (job) fields.set("job", job);
  return fields.toString().replaceAll("%2C", ",");
}

/**
 * Reads the setting of an address. Unreadable fields have their default; `lost` says that the
 * user's points are unreadable.
 * @param {string} fragment
 * @returns {Promise<{ setting: Setting, step: number, job: string | null, lost: boolean }>}
 */
export async function fromFragment(fragment) {
  const fields = new URLSearchParams(fragment);
  const scale = fields.get("scale") ?? "";
  const cells = (fields.get("start") ?? "").split(",");
  const points = await unpacked(fields.get("data"));
  const [a, b, c] = cells.slice(0, 3).map((cell) => (cell.trim() === "" ? Number.NaN : Number(cell)));
  return {
    setting: {
      synthetic: {
        points: whole(fields.get("points"), LECTURE.points),
        noise: amount(fields.get("noise"), LECTURE.noise),
        seed: whole(fields.get("seed"), LECTURE.seed),
      },
      points,
      start: [a, b, c].every(Number.isFinite) && fields.has("start") ? { a, b, c } : null,
      walked: whole(cells[3] ?? null, 0),
      rate: rateOf(fields),
      steps: whole(fields.get("steps"), FIRST.steps) || FIRST.steps,
      scale: /** @type {Scale} */ (SCALES.includes(scale) ? scale : FIRST.scale),
    },
    step: whole(fields.get("step"), -1),
    job: /^[0-9a-z]+$/.test(fields.get("job") ?? "") ? fields.get("job") : null,
    lost: !points && Boolean(fields.get("data")),
  };
}

/**
 * @param {URLSearchParams} fields
 * @returns {Rate}
 */
function rateOf(fields) {
  const lr = Number(fields.get("lr"));
  const part = Number(fields.get("part"));
  if (lr > 0 && Number.isFinite(lr)) return { lr };
  return part > 0 && Number.isFinite(part) ? { part } : FIRST.rate;
}

/**
 * @param {string | null} field
 * @param {number} otherwise
 */
function whole(field, otherwise) {
  return field !== null && /^\d{1,16}$/.test(field) ? Number(field) : otherwise;
}

/**
 * @param {string | null} field
 * @param {number} otherwise
 */
function amount(field, otherwise) {
  const value = field === null || field === "" ? Number.NaN : Number(field);
  return value >= 0 && Number.isFinite(value) ? value : otherwise;
}

/**
 * Compresses points into letters that an address can hold.
 * @param {Points} points
 */
async function packed({ t, y }) {
  const text = t.map((time, i) => `${time},${y[i]}`).join(";");
  const bytes = await through(new Blob([text]), new CompressionStream("deflate-raw"));
  let letters = "";
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * @param {string | null} field
 * @returns {Promise<Points | null>}
 */
async function unpacked(field) {
  if (!field) return null;
  try {
    const letters = atob(field.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    const text = new TextDecoder().decode(await through(new Blob([bytes]), new DecompressionStream("deflate-raw")));
    const rows = text.split(";").map((row) => row.split(",").map(Number));
    if (!rows.every((row) => row.length === 2 && row.every(Number.isFinite))) return null;
    return { t: rows.map((row) => row[0]), y: rows.map((row) => row[1]) };
  } catch {
    return null;
  }
}

/**
 * @param {Blob} blob
 * @param {CompressionStream | DecompressionStream} change
 */
async function through(blob, change) {
  return new Uint8Array(await new Response(blob.stream().pipeThrough(change)).arrayBuffer());
}
