/** The drawer of the data: the roller coaster of the lecture, or the user's own points. */

import { drawer } from "./drawer.js";
import { element, say, sayProblem } from "./elements.js";
import { counted } from "./numbers.js";
import { near, read, readFile, UnreadableError } from "./points.js";
import { ProblemError, UnreachableError } from "./service.js";
import { LECTURE_DATA, POINTS } from "./setting.js";
import { text } from "./texts.js";

/** Limits of the fields of the roller coaster. */
const RANGES = {
  points: POINTS,
  noise: { low: 0, high: 1e6 },
  seed: { low: 0, high: Number.MAX_SAFE_INTEGER },
};
const NAMES = /** @type {(keyof Synthetic)[]} */ (Object.keys(RANGES));
/** A text with more letters is read but not shown: the field would take seconds to render it. */
const MAX_SHOWN = 200_000;
/** More points than this are not listed in the text field. */
const MAX_LISTED = 2000;

/** @type {Points | null} the last points of a text or a file, after which the text field stays as it is */
let taken = null;
/** @type {File | null} the file that the service reads, unless a text or another file was chosen meanwhile */
let reading = null;

/**
 * Sets up the drawer.
 * @param {{ setting: () => Setting, change: Change }} fitting
 * @returns {() => void} updates the drawer, if it is open
 */
export function dataDrawer({ setting, change }) {
  const refill = () => show(setting());
  drawer("data", refill);
  for (const name of NAMES) element(`synthetic-${name}`).onchange = () => draw(name, setting(), change);
  element("another-seed").onclick = () => {
    element("synthetic-seed").value = String(Math.floor(Math.random() * 1e6));
    draw("seed", setting(), change);
  };
  element("use-points").onclick = () => take(element("pasted").value, change);
  element("file").onchange = async () => {
    await load(element("file").files?.[0], change);
    element("file").value = "";
  };
  pasting(change);
  return refill;
}

/**
 * Makes pasted and dropped text replace the content of the field.
 * @param {Change} change
 */
function pasting(change) {
  const pasted = element("pasted");
  const replace = (/** @type {DataTransfer | null} */ data) => {
    const content = data?.getData("text") ?? "";
    pasted.value = content.length < MAX_SHOWN ? content : "";
    take(content, change);
  };
  pasted.onpaste = (event) => {
    event.preventDefault();
    replace(event.clipboardData);
  };
  pasted.ondragover = (event) => {
    event.preventDefault();
    pasted.classList.add("over");
  };
  pasted.ondragleave = () => pasted.classList.remove("over");
  pasted.ondrop = (event) => {
    event.preventDefault();
    pasted.classList.remove("over");
    const file = event.dataTransfer?.files[0];
    if (file) void load(file, change);
    else replace(event.dataTransfer);
  };
}

/**
 * Fills the fields of the drawer with the current data.
 * @param {Setting} setting
 */
function show({ synthetic, points }) {
  if (taken && points !== taken) {
    taken = null;
    say("data-shown", "");
  }
  for (const name of NAMES) {
    const field = element(`synthetic-${name}`);
    if (document.activeElement !== field) field.value = String(synthetic[name]);
  }
  if (points && points !== taken && document.activeElement !== element("pasted")) list(points);
}

/**
 * Writes points into the text field, or empties it if they are too many.
 * @param {Points} points
 */
function list({ t, y }) {
  element("pasted").value = t.length > MAX_LISTED ? "" : t.map((time, i) => `${time}\t${y[i]}`).join("\n");
}

/**
 * @param {keyof Synthetic} name
 * @param {Setting} setting
 * @param {Change} change
 */
function draw(name, setting, change) {
  const field = element(`synthetic-${name}`);
  const { low, high } = RANGES[name];
  const value = field.value.trim() === "" ? Number.NaN : Number(field.value);
  const fits = value >= low && value <= high && (name === "noise" || Number.isInteger(value));
  sayProblem(field, "synthetic-problem", fits ? "" : text("outOfRange", { low, high: counted(high) }));
  if (fits) change({ ...LECTURE_DATA, synthetic: { ...setting.synthetic, [name]: value } });
}

/**
 * Fits the points of a text, or shows what is wrong with it.
 * @param {string} content
 * @param {Change} change
 */
function take(content, change) {
  reading = null;
  try {
    fit(read(content, RANGES.points.high), change);
  } catch (error) {
    report(problemOf(error));
  }
}

/**
 * Fits the points of a file and lists them, or shows what is wrong with it.
 * @param {File | undefined} file
 * @param {Change} change
 */
async function load(file, change) {
  if (!file) return;
  reading = file;
  report("", text("reading", { name: file.name }));
  try {
    const found = await readFile(file, RANGES.points.high);
    if (reading === file) list(fit(found, change));
  } catch (error) {
    if (reading === file) report(problemOf(error));
  }
}

/**
 * Fits points, and says how many there are and what was done to read them.
 * @param {Found} found
 * @param {Change} change
 */
function fit({ points: found, since: date, notes }, change) {
  const { points, from } = near(found);
  const since = date || (from === 0 ? "" : String(from));
  const counts = { text: "shown", values: { count: points.t.length } };
  const shift = since ? [{ text: date ? "countedInDays" : "countedFrom", values: { since } }] : [];
  report("", [counts, ...shift, ...notes].map((note) => text(note.text, formatted(note.values))).join(" "));
  taken = points;
  change({ points, since, start: null, walked: 0 });
  return points;
}

/**
 * Shows what is wrong with a text or a file, or else what is done with it.
 * @param {string} problem
 * @param {string} done
 */
function report(problem, done = "") {
  sayProblem(element("pasted"), "pasted-problem", problem);
  say("data-shown", done);
  element(problem ? "pasted-problem" : "data-shown").scrollIntoView({ block: "nearest" });
}

/**
 * Returns the sentence about an error.
 * @param {unknown} error
 */
function problemOf(error) {
  if (error instanceof UnreadableError) return text(error.text, formatted(error.values));
  if (error instanceof ProblemError) return text("rejected", { detail: error.message });
  if (error instanceof UnreachableError) return text("silent");
  if (error instanceof DOMException) return text("notReadable");
  throw error;
}

/**
 * Formats the numbers among the values of a sentence.
 * @param {Record<string, string | number>} values
 */
function formatted(values) {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === "number" ? counted(value) : value]),
  );
}
