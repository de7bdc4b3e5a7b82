/**
 * The numbers of the selected step, and the seven steps of the lecture, highlighted as they happen.
 */

import { isNetwork, names, row } from "./models.js";
import { coefficient, counted, percent, written } from "./numbers.js";
import { text } from "./texts.js";
import { show } from "./typed.js";

/** The seven steps. The second to the fifth are the phases of a slow step. */
const STEPS = ["initialise", "predict", "loss", "gradient", "update", "repeat", "halt"];

/** @type {Record<string, HTMLInputElement>} */
const startFields = {};

/**
 * Returns the field of a coefficient at the start.
 * @param {string} name
 */
export function startField(name) {
  if (!startFields[name]) {
    const field = document.createElement("input");
    field.type = "text";
    field.id = `start-${name}`;
    field.className = "typed";
    field.inputMode = "decimal";
    field.autocomplete = "off";
    field.setAttribute("aria-describedby", "start-problem");
    startFields[name] = field;
  }
  return startFields[name];
}

/**
 * Fills the table of the numbers.
 * @param {Run} run
 * @param {number} position
 */
export function showNumbers(run, position) {
  const i = Math.floor(position);
  const { lowest, optimum } = run;
  const rows = isNetwork(run.paramsAt(0)) ? [weights(run)] : coefficients(run, i);
  rows.push([
    text("loss"),
    ...[run.records.loss[0], run.lossAt(i)].map(written),
    lowest === null ? "–" : written(lowest),
  ]);
  if (lowest !== null) {
    const gap = lowest > 0 ? percent(Math.max(0, run.lossAt(i) / lowest - 1)) : written(run.lossAt(i));
    rows.push([text("gap"), "", gap, ""]);
  }
  const best = optimum ? optimum.r2 : null;
  if (best !== null || (!optimum && run.variance > 0))
    rows.push(["R²", ...[run.r2At(0), run.r2At(i)].map(coefficient), best === null ? "–" : coefficient(best)]);
  fill("#numbers", ["", text("start"), text("step", { step: counted(run.stepAt(i)) }), text("bestFit")], rows);
}

/**
 * Returns the rows of the coefficients of a polynomial.
 * @param {Run} run
 * @param {number} i
 * @returns {(string | HTMLElement)[][]}
 */
function coefficients(run, i) {
  const [start, now] = [run.paramsAt(0), run.paramsAt(i)].map(row);
  const best = run.optimum ? row(run.optimum.params) : [];
  return names(start.length - 1).map((name, k) => {
    const field = startField(name);
    show(field, written(start[k]));
    field.setAttribute("aria-label", text("startOf", { name }));
    return [name, field, written(now[k]), written(best[k])];
  });
}

/**
 * Returns the row that says how many parameters a network has.
 * @param {Run} run
 */
function weights(run) {
  const count = counted(row(run.paramsAt(0)).length);
  return [text("weights"), count, count, ""];
}

/**
 * Fills a table. Cells that stay are written in place, so that the focus stays in their fields.
 * @param {string} selector
 * @param {(string | HTMLElement)[]} head
 * @param {(string | HTMLElement)[][]} rows
 */
export function fill(selector, head, rows) {
  const table = /** @type {HTMLTableElement} */ (document.querySelector(selector));
  const all = [head, ...rows];
  if (table.rows.length !== all.length || table.rows[0].cells.length !== head.length) build(table, all);
  for (const [i, row] of all.entries()) {
    for (const [k, content] of row.entries()) write(table.rows[i].cells[k], content);
  }
}

/**
 * Makes the empty cells of a table.
 * @param {HTMLTableElement} table
 * @param {(string | HTMLElement)[][]} rows
 */
function build(table, [head, ...rows]) {
  const { caption } = table;
  table.replaceChildren(...(caption ? [caption] : []));
  const top = table.createTHead().insertRow();
  for (const name of head) top.append(headed(name === "" ? "td" : "th", "col"));
  const body = table.createTBody();
  for (const [, ...others] of rows) {
    const row = body.insertRow();
    row.append(headed("th", "row"));
    for (const _ of others) row.insertCell();
  }
}

/**
 * @param {HTMLTableCellElement} cell
 * @param {string | HTMLElement} content
 */
function write(cell, content) {
  if (typeof content !== "string") {
    if (cell.firstElementChild !== content) cell.replaceChildren(content);
  } else if (cell.textContent !== content) cell.textContent = content;
}

/**
 * @param {"th" | "td"} name
 * @param {"col" | "row"} scope
 */
function headed(name, scope) {
  const cell = document.createElement(name);
  if (name === "th") cell.scope = scope;
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
  const length = run.gradientAt(i);
  const details = [
    text(player.walked ? "initialiseContinued" : "initialiseDetail"),
    text("predictDetail"),
    text("measureDetail", { loss: written(run.lossAt(i)) }),
    length === null ? text("gradientHidden") : text("gradientDetail", { length: written(length) }),
    text(updateOf(run.optimizer), { lr: written(run.lr) }),
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

/**
 * Returns the name of the sentence about an update.
 * @param {ResolvedOptimizer} optimizer
 */
function updateOf({ kind, momentum }) {
  if (kind !== "sgd") return "updateDivided";
  return momentum ? "updateVelocity" : "updateDetail";
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
