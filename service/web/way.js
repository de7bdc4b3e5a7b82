/** The part of the way to the bottom that is made in each direction: bars that fill with the steps. */

import { element } from "./elements.js";
import { percent, percentFrom } from "./numbers.js";
import { progress } from "./run.js";
import { text } from "./texts.js";

/** Further from the start than this, the part of the way is no longer written. */
const FAR = 10;
/** A smaller part of the way is written as less than this. It can be rounding. */
export const LEAST = 1e-6;
/** Directions whose curvatures differ less than this are equally steep. */
const ALIKE = 1e-6;

/**
 * Shows the bars, or hides them if the run is not known before its first step.
 * @param {Run} run
 * @param {number} position
 */
export function showWay(run, position) {
  const directions = named(run);
  element("way").hidden = directions.length === 0;
  const list = /** @type {Element} */ (document.querySelector("#way ul"));
  if (list.children.length !== directions.length) list.replaceChildren(...directions.map(row));
  const whole = directions.some(([, { multiplier }]) => multiplier < 0) ? 2 : 1;
  list.classList.toggle("bounces", whole === 2);
  directions.forEach(([name, mode], i) => {
    const [title, bar, made] = list.children[i].children;
    const filled = Math.max(0, Math.min(1, (1 - run.distance(mode, position)) / whole));
    bar.classList.toggle("away", run.distance(mode, position) > 1 + LEAST);
    const written = part(run, mode, run.stepAt(position));
    if (title.textContent !== name) title.textContent = name;
    if (made.textContent !== written) made.textContent = written;
    /** @type {HTMLElement} */ (bar.firstElementChild).style.transform = `scaleX(${filled})`;
  });
}

/**
 * Returns the names of the steepest, the middle and the flattest direction, with their modes, and
 * with the number of all directions if there are more. If all are equally steep, they are a single one.
 * @param {Run} run
 * @returns {[string, KnownMode][]}
 */
function named({ foreseen }) {
  const directions = foreseen?.directions ?? [];
  if (directions.length === 0) return [];
  const names = directionNames(directions);
  if (names.size === 0) return [[text("everyDirection"), directions[0]]];
  const count = directions.length;
  const written = (/** @type {string} */ name) =>
    count > 3 ? text("ofDirections", { name: text(name), count: String(count) }) : text(name);
  return [...names].map(([i, name]) => [written(name), directions[i]]);
}

/**
 * Returns the names of the steepest, the middle and the flattest direction by their indices, or none
 * if all are equally steep.
 * @param {{ eigenvalue: number }[]} directions from the steepest to the flattest
 * @returns {Map<number, string>}
 */
export function directionNames(directions) {
  const last = directions.length - 1;
  if (last < 1 || directions[last].eigenvalue > (1 - ALIKE) * directions[0].eigenvalue) return new Map();
  const names = last > 1 ? ["steepest", "middle", "flattest"] : ["steepest", "flattest"];
  return new Map(names.map((name, i) => [Math.round((i * last) / (names.length - 1)), name]));
}

/** Returns an empty row: the name of the direction, its bar, and the part of the way. */
function row() {
  const item = document.createElement("li");
  const [name, bar, made] = Array.from({ length: 3 }, () => document.createElement("span"));
  bar.className = "bar";
  bar.append(document.createElement("span"));
  item.append(name, bar, made);
  return item;
}

/**
 * Writes the part of the way that is made after a step. Across the valley it is above 100%, and
 * further out than the start it is negative.
 * @param {Run} run
 * @param {KnownMode} mode
 * @param {number} step
 */
function part({ lr }, mode, step) {
  const made = mode.multiplier > 0 ? progress(mode, lr, step) : 1 - mode.multiplier ** step;
  const size = Math.abs(made);
  const sign = made < -LEAST ? "−" : "";
  if (size > FAR) return `${made < 0 ? "<" : ">"}${sign}${percent(FAR)}`;
  return sign + percentFrom(LEAST, size);
}
