/** The tables, which show the numbers of every chart. They are filled when the user opens them. */

import { lossAfter, shadeName } from "./dial.js";
import { fill } from "./lecture.js";
import { value } from "./models.js";
import { counted, written } from "./numbers.js";
import { evenly } from "./points.js";
import { predictedLoss } from "./run.js";
import { text } from "./texts.js";
import { directionNames } from "./way.js";

/** The maximum number of rows of a table. */
const ROWS = 200;

/**
 * @param {Run} run
 * @param {Sweep} sweep
 * @param {number} position
 * @param {number} count of the records that are shown
 */
export function showTables(run, sweep, position, count) {
  const {
    foreseen,
    records: { step, loss, params },
  } = run;
  const columns = Array.isArray(params) ? {} : params;
  const shown = evenly(count, ROWS);
  const records = shown.map((i) => [
    counted(step[i]),
    written(loss[i]),
    ...(foreseen ? [predicted(foreseen, step[i])] : []),
    ...Object.values(columns).map((column) => written(column[i])),
  ]);
  table(
    "steps",
    [
      text("step", { step: "" }).trim(),
      text("loss"),
      ...(foreseen ? [text("predicted")] : []),
      ...Object.keys(columns),
    ],
    records,
    shown.length < count ? text("everyNth", { shown: shown.length, all: counted(count) }) : "",
  );
  const rates = sweep.runs.map((each) => [
    written(each.lr),
    each.outcome === "diverged" ? text("diverges") : written(each.loss),
    shadeName(each.verdict.rate),
  ]);
  table("sweep", [text("rate"), lossAfter(sweep.steps), text("verdict")], rates);
  const curves = [run.paramsAt(Math.floor(position)), ...(run.optimum ? [run.optimum.params] : [])];
  const points = evenly(run.points.t.length, ROWS).map((i) => {
    const { t, y } = run.points;
    return [t[i], y[i], ...curves.map((curve) => value(curve, t[i]))].map(written);
  });
  const heads = ["t", "y", text("step", { step: run.stepAt(position) }), text("bestFit")];
  table("points", heads.slice(0, 2 + curves.length), points);
  const names = directionNames(run.analysis.modes);
  const modes = run.analysis.modes.map((mode, i) => [
    named(names.get(i), i),
    written(mode.eigenvalue),
    mode.multiplier === null ? "–" : written(mode.multiplier),
    written(mode.start ** 2),
  ]);
  table("directions", [text("direction"), text("eigenvalue"), text("multiplier"), text("startLoss")], modes);
}

/**
 * Returns the name of a direction, or its number if it has none.
 * @param {string | undefined} name of the text
 * @param {number} i
 */
function named(name, i) {
  return name ? text(name) : String(i + 1);
}

/**
 * Formats the predicted loss of a step, which does not fit a number if the loss hardly does.
 * @param {Foreseen} foreseen
 * @param {number} step
 */
function predicted(foreseen, step) {
  const loss = predictedLoss(foreseen, step);
  return Number.isFinite(loss) ? written(loss) : text("diverges");
}

/**
 * @param {"steps" | "sweep" | "points" | "directions"} name
 * @param {string[]} head
 * @param {string[][]} rows
 * @param {string} note
 */
function table(name, head, rows, note = "") {
  const id = `table-${name}`;
  const title = `table${name[0].toUpperCase()}${name.slice(1)}`;
  if (!document.getElementById(id)) document.querySelector("#tables .tables")?.append(framed(id));
  const element = /** @type {HTMLTableElement} */ (document.getElementById(id));
  element.createCaption().textContent = `${text(title)}${note ? ` · ${note}` : ""}`;
  element.parentElement?.setAttribute("aria-label", text(title));
  fill(`#${id}`, head, rows);
}

/**
 * Returns a table in a frame that scrolls, also with the keyboard.
 * @param {string} id
 */
function framed(id) {
  const frame = document.createElement("div");
  frame.tabIndex = 0;
  frame.setAttribute("role", "region");
  const table = document.createElement("table");
  table.id = id;
  frame.append(table);
  return frame;
}
