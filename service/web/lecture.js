// @ts-check
/**
 * The numbers of the selected step, and the seven steps of the lecture, highlighted as they happen.
 */

import { coefficient, counted, percent, written } from "./numbers.js";
import { text } from "./texts.js";

/** @typedef {import("./run.js").Run} Run */

/** The seven steps. The second to the fifth are the phases of a slow step. */
const STEPS = ["initialise", "predict", "measure", "gradient", "update", "repeat", "halt"];

/**
 * Fills the table of the numbers.
 * @param {Run} run
 * @param {number} position
 */
export function showNumbers(run, position) {
  const i = Math.floor(position);
  const now = run.paramsAt(i);
  const start = run.paramsAt(0);
  const rows = /** @type {const} */ (["a", "b", "c"]).map((name) =>
    [name, start[name], now[name], run.optimum.params[name]].map(cell),
  );
  rows.push([text("loss"), run.records.loss[0], run.lossAt(i), run.optimum.loss].map(cell));
  const gap =
    run.optimum.loss > 0 ? percent(Math.max(0, run.lossAt(i) / run.optimum.loss - 1)) : written(run.lossAt(i));
  rows.push([text("gap"), "", gap, ""]);
  if (run.optimum.r2 !== null) rows.push(["R²", ...[run.r2At(0), run.r2At(i), run.optimum.r2].map(coefficient)]);
  fill("#numbers", ["", text("start"), text("step", { step: counted(run.stepAt(i)) }), text("bestFit")], rows);
  for (const row of document.querySelectorAll("#numbers tbody tr")) row.children[2].className = "now";
}

/** @param {string | number} value */
function cell(value) {
  return typeof value === "number" ? written(value) : value;
}

/**
 * Fills a table.
 * @param {string} selector
 * @param {string[]} head
 * @param {string[][]} rows
 */
export function fill(selector, head, rows) {
  const table = /** @type {HTMLTableElement} */ (document.querySelector(selector));
  const { caption } = table;
  table.replaceChildren(...(caption ? [caption] : []));
  const top = table.createTHead().insertRow();
  for (const name of head) top.append(headed(name, "col"));
  const body = table.createTBody();
  for (const [first, ...others] of rows) {
    const row = body.insertRow();
    row.append(headed(first, "row"));
    for (const value of others) row.insertCell().textContent = value;
  }
}

/**
 * @param {string} content
 * @param {"col" | "row"} scope
 */
function headed(content, scope) {
  const cell = document.createElement(content === "" ? "td" : "th");
  if (cell.tagName === "TH") cell.scope = scope;
  cell.textContent = content;
  return cell;
}

/**
 * Shows the seven steps.
 * @param {Run} run
 * @param {{ position: number, phase: number, playing: boolean, walked: number }} player
 */
export function showLecture(run, player) {
  const { position } = player;
  const i = Math.floor(position);
  const length = run.records.gradient[i];
  const details = [
    text(player.walked ? "initialiseContinued" : "initialiseDrawn"),
    text("predictDetail"),
    text("measureDetail", { loss: written(run.lossAt(i)) }),
    length === undefined ? text("gradientHidden") : text("gradientDetail", { length: written(length) }),
    text("updateDetail", { lr: written(run.lr) }),
    text("repeatDetail", { left: counted(run.steps - run.stepAt(i)) }),
    text("haltDetail", { steps: counted(run.records.step[run.last]) }),
  ];
  const list = /** @type {Element} */ (document.querySelector("#lecture"));
  if (list.children.length === 0) list.append(...STEPS.map(item));
  const lit = litStep(run, player);
  [...list.children].forEach((element, k) => {
    const [name, detail] = element.children;
    if (name.textContent !== text(STEPS[k])) name.textContent = text(STEPS[k]);
    if (detail.textContent !== details[k]) detail.textContent = details[k];
    element.classList.toggle("lit", k === lit);
    if (k === lit) element.setAttribute("aria-current", "step");
    else element.removeAttribute("aria-current");
  });
}

function item() {
  const element = document.createElement("li");
  element.append(document.createElement("b"), document.createElement("span"));
  return element;
}

/**
 * Returns the index of the highlighted step, or -1.
 * @param {Run} run
 * @param {{ position: number, phase: number, playing: boolean }} player
 */
function litStep(run, { position, phase, playing }) {
  if (phase >= 0) return 1 + phase;
  if (playing) return -1;
  if (position === 0) return 0;
  return position >= run.last && run.complete ? 6 : 5;
}
