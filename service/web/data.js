// @ts-check
/** The drawer of the data: the roller coaster of the lecture, or the user's own points. */

import { drawer } from "./drawer.js";
import { element, say } from "./elements.js";
import { counted } from "./numbers.js";
import { near, read, UnreadableError } from "./points.js";
import { text } from "./texts.js";

/** @typedef {import("./setting.js").Setting} Setting */
/** @typedef {import("./setting.js").Synthetic} Synthetic */

/** Limits of the fields of the roller coaster. */
const RANGES = {
  points: { low: 3, high: 50_000 },
  noise: { low: 0, high: 1e6 },
  seed: { low: 0, high: Number.MAX_SAFE_INTEGER },
};
const NAMES = /** @type {(keyof Synthetic)[]} */ (Object.keys(RANGES));
/** A text with more bytes has more rows than the service accepts. */
const MAX_BYTES = 20_000_000;
/**
 * A text with more letters is read but not shown, because the text field would take seconds to
 * render it.
 */
const MAX_SHOWN = 200_000;

/** @type {import("./setting.js").Points | null} the points of the text in the field, which stays as it was pasted */
let taken = null;

/**
 * Sets up the drawer.
 * @param {{ setting: () => Setting, change: (change: Partial<Setting>) => void }} fitting
 * @returns {() => void} updates the drawer, if it is open
 */
export function dataDrawer({ setting, change }) {
  const refill = () => show(setting());
  drawer("data", refill);
  for (const name of NAMES)
    element(`synthetic-${name}`).addEventListener("change", () => draw(name, setting(), change));
  element("another-seed").addEventListener("click", () => {
    element("synthetic-seed").value = String(Math.floor(Math.random() * 1e6));
    draw("seed", setting(), change);
  });
  element("use-points").addEventListener("click", () => take(element("pasted").value, change));
  element("file").addEventListener("change", async () => {
    await load(element("file").files?.[0], change);
    element("file").value = "";
  });
  pasting(change);
  return refill;
}

/**
 * Makes pasted and dropped text replace the content of the field.
 * @param {(change: Partial<Setting>) => void} change
 */
function pasting(change) {
  const pasted = element("pasted");
  pasted.addEventListener("paste", (event) => {
    event.preventDefault();
    void replace(event.clipboardData?.getData("text") ?? "", change);
  });
  pasted.addEventListener("dragover", (event) => {
    event.preventDefault();
    pasted.classList.add("over");
  });
  pasted.addEventListener("dragleave", () => pasted.classList.remove("over"));
  pasted.addEventListener("drop", (event) => {
    event.preventDefault();
    pasted.classList.remove("over");
    const { files } = /** @type {DataTransfer} */ (event.dataTransfer);
    if (files.length) void load(files[0], change);
    else void replace(/** @type {DataTransfer} */ (event.dataTransfer).getData("text"), change);
  });
}

/**
 * @param {File | undefined} file
 * @param {(change: Partial<Setting>) => void} change
 */
async function load(file, change) {
  if (file) await replace(await file.slice(0, MAX_BYTES).text(), change);
}

/**
 * @param {string} content
 * @param {(change: Partial<Setting>) => void} change
 */
function replace(content, change) {
  element("pasted").value = content.length < MAX_SHOWN ? content : "";
  return take(content, change);
}

/**
 * Fills the fields of the drawer with the current data.
 * @param {Setting} setting
 */
function show({ synthetic, points }) {
  for (const name of NAMES) {
    const field = element(`synthetic-${name}`);
    if (document.activeElement !== field) field.value = String(synthetic[name]);
  }
  const pasted = element("pasted");
  if (points && points !== taken && points.t.length <= 2000 && document.activeElement !== pasted)
    pasted.value = points.t.map((t, i) => `${t}\t${points.y[i]}`).join("\n");
}

/**
 * @param {keyof Synthetic} name
 * @param {Setting} setting
 * @param {(change: Partial<Setting>) => void} change
 */
function draw(name, setting, change) {
  const field = element(`synthetic-${name}`);
  const { low, high } = RANGES[name];
  const value = field.value.trim() === "" ? Number.NaN : Number(field.value);
  const fits = value >= low && value <= high && (name === "noise" || Number.isInteger(value));
  const message = fits ? "" : text("outOfRange", { low, high: counted(high) });
  say("synthetic-problem", message);
  field.setAttribute("aria-invalid", String(!fits));
  if (fits) change({ synthetic: { ...setting.synthetic, [name]: value }, points: null, start: null, walked: 0 });
}

/**
 * Fits the points of a text, or shows an error below the field.
 * @param {string} content
 * @param {(change: Partial<Setting>) => void} change
 */
function take(content, change) {
  try {
    const { points: found, notes } = read(content, RANGES.points.high);
    const { points, from } = near(found);
    if (from) notes.push({ text: "countedFrom", values: { from } });
    say("pasted-problem", "");
    const sentences = [{ text: "shown", values: { count: points.t.length } }, ...notes];
    say("data-shown", sentences.map((note) => text(note.text, formatted(note.values))).join(" "));
    taken = points;
    change({ points, start: null, walked: 0 });
  } catch (error) {
    say("data-shown", "");
    if (!(error instanceof UnreadableError)) throw error;
    say("pasted-problem", text(error.text, formatted(error.values)));
  }
  element("pasted").setAttribute("aria-invalid", String(element("pasted-problem").textContent !== ""));
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
