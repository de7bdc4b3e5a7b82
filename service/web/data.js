// @ts-check
/** The drawer of the data: the lecture's roller coaster, or a person's own points. */

import { drawer } from "./drawer.js";
import { element, say } from "./elements.js";
import { counted } from "./numbers.js";
import { near, read, UnreadableError } from "./points.js";
import { text } from "./texts.js";

/** @typedef {import("./setting.js").Setting} Setting */
/** @typedef {import("./setting.js").Synthetic} Synthetic */

/** What the fields of the roller coaster may be. */
const RANGES = {
  points: { low: 3, high: 50_000 },
  noise: { low: 0, high: 1e6 },
  seed: { low: 0, high: Number.MAX_SAFE_INTEGER },
};
const NAMES = /** @type {(keyof Synthetic)[]} */ (Object.keys(RANGES));
/** A text of more bytes than this has more rows than any service takes. */
const MOST_BYTES = 20_000_000;
/** A text of more letters is read, but not shown: a text field would take seconds. */
const MOST_SHOWN = 200_000;

/**
 * @param {{ setting: () => Setting, change: (change: Partial<Setting>) => void }} fitting
 * @returns {() => void} shows again what is fitted
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
 * What is pasted or dropped replaces what stood there.
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
  if (file) await replace(await file.slice(0, MOST_BYTES).text(), change);
}

/**
 * @param {string} content
 * @param {(change: Partial<Setting>) => void} change
 */
function replace(content, change) {
  element("pasted").value = content.length < MOST_SHOWN ? content : "";
  return take(content, change);
}

/**
 * Shows what is fitted, in the drawer's fields.
 * @param {Setting} setting
 */
function show({ synthetic, points }) {
  for (const name of NAMES) {
    const field = element(`synthetic-${name}`);
    if (document.activeElement !== field) field.value = String(synthetic[name]);
  }
  const pasted = element("pasted");
  if (points && points.t.length <= 2000 && document.activeElement !== pasted)
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
 * Fits the points of a text, or says beside the field what is wrong with it.
 * @param {string} content
 * @param {(change: Partial<Setting>) => void} change
 */
function take(content, change) {
  try {
    const { points, from } = near(read(content, RANGES.points.high));
    say("pasted-problem", "");
    const counts = text("shown", { count: counted(points.t.length) });
    say("data-shown", from ? `${counts} ${text("countedFrom", { from: from.toLocaleString("en-US") })}` : counts);
    change({ points, start: null, walked: 0 });
  } catch (error) {
    say("data-shown", "");
    if (!(error instanceof UnreadableError)) throw error;
    say("pasted-problem", text(error.text, told(error.values)));
  }
  element("pasted").setAttribute("aria-invalid", String(element("pasted-problem").textContent !== ""));
}

/** @param {Record<string, string | number>} values */
function told(values) {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === "number" ? counted(value) : value]),
  );
}
