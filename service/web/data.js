// @ts-check
/** The drawer of the data: the lecture's roller coaster, or a person's own points. */

import { drawer } from "./drawer.js";
import { counted } from "./numbers.js";
import { near, read, UnreadableError } from "./points.js";
import { get, UnreachableError } from "./service.js";
import { text } from "./texts.js";

/** @typedef {import("./setting.js").Setting} Setting */
/** @typedef {import("./setting.js").Synthetic} Synthetic */

/** What the fields of the roller coaster may be. */
const RANGES = {
  points: { low: 3, high: 50_000 },
  noise: { low: 0, high: 1e6 },
  seed: { low: 0, high: Number.MAX_SAFE_INTEGER },
};
/** A text of more bytes than this has more rows than any service takes. */
const MOST_BYTES = 20_000_000;
/** A text of more letters is read, but not shown: a text field would take seconds. */
const MOST_SHOWN = 200_000;

/**
 * @param {{ setting: () => Setting, change: (change: Partial<Setting>) => void }} fitting
 */
export function dataDrawer({ setting, change }) {
  const pasted = element("pasted");
  const problem = document.getElementById("pasted-problem");
  drawer("data", () => show(setting()));
  for (const name of /** @type {(keyof Synthetic)[]} */ (Object.keys(RANGES))) {
    element(`synthetic-${name}`).addEventListener("change", () => draw(name, setting(), change));
  }
  document.getElementById("another-seed")?.addEventListener("click", () => {
    const seed = Math.floor(Math.random() * 1e6);
    element("synthetic-seed").value = String(seed);
    draw("seed", setting(), change);
  });
  const use = () => take(pasted.value, problem, change);
  document.getElementById("use-points")?.addEventListener("click", use);
  element("file").addEventListener("change", async () => {
    await load(element("file").files?.[0]);
    element("file").value = "";
  });
  pasted.addEventListener("paste", (event) => {
    const content = event.clipboardData?.getData("text") ?? "";
    if (content.length < MOST_SHOWN) {
      setTimeout(use);
      return;
    }
    event.preventDefault();
    pasted.value = "";
    void take(content, problem, change);
  });
  pasted.addEventListener("dragover", (event) => {
    event.preventDefault();
    pasted.classList.add("over");
  });
  pasted.addEventListener("dragleave", () => pasted.classList.remove("over"));
  pasted.addEventListener("drop", async (event) => {
    event.preventDefault();
    pasted.classList.remove("over");
    const { files } = /** @type {DataTransfer} */ (event.dataTransfer);
    if (files.length) await load(files[0]);
    else await take(/** @type {DataTransfer} */ (event.dataTransfer).getData("text"), problem, change);
  });

  /** @param {File | undefined} file */
  async function load(file) {
    if (!file) return;
    const content = await file.slice(0, MOST_BYTES).text();
    pasted.value = content.length < MOST_SHOWN ? content : "";
    await take(content, problem, change);
  }
}

/**
 * Shows what is fitted, in the drawer's fields.
 * @param {Setting} setting
 */
export function show({ synthetic, points }) {
  for (const name of /** @type {(keyof Synthetic)[]} */ (Object.keys(RANGES))) {
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
 * @param {HTMLElement | null} problem
 * @param {(change: Partial<Setting>) => void} change
 */
async function take(content, problem, change) {
  try {
    const { points: most } = await get("limits");
    const { points, from } = near(read(content, most));
    say("pasted-problem", "");
    const counts = text("shown", { count: counted(points.t.length) });
    say("data-shown", from ? `${counts} ${text("countedFrom", { from: from.toLocaleString("en-US") })}` : counts);
    change({ points, start: null, walked: 0 });
  } catch (error) {
    say("data-shown", "");
    if (error instanceof UnreachableError) say("pasted-problem", text("silent"));
    else if (error instanceof UnreadableError) say("pasted-problem", text(error.text, told(error.values)));
    else throw error;
  }
  element("pasted").setAttribute("aria-invalid", String(problem?.textContent !== ""));
}

/** @param {Record<string, string | number>} values */
function told(values) {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === "number" ? counted(value) : value]),
  );
}

/**
 * @param {string} id
 * @param {string} message
 */
function say(id, message) {
  /** @type {HTMLElement} */ (document.getElementById(id)).textContent = message;
}

/** @param {string} id */
function element(id) {
  return /** @type {HTMLInputElement} */ (document.getElementById(id));
}
