// @ts-check
/** The chart of the loss at each step, above the slider that selects a step. */

import { linear, logarithmic } from "./axis.js";
import { place as placed } from "./labels.js";
import { shortest, written } from "./numbers.js";
import { extent } from "./points.js";
import { label, path, svg } from "./svg.js";
import { text } from "./texts.js";

/** @typedef {import("./run.js").Run} Run */
/** @typedef {{ logLoss: boolean, logSteps: boolean }} Scales */

/** Half the width of the slider's thumb in pixels. */
const THUMB = 11;
/** A growing loss is drawn up to this multiple of the first loss. */
const GROWN = 1e5;
/**
 * Below this part of the first loss, the best loss counts as 0. The axis then ends a decade below
 * the recorded losses.
 */
const NOTHING = 1e-9;
/** With more steps than this, the line has no dots. */
const DOTTED = 60;

/**
 * Returns the axis of the steps, from 0 to 1, which is the scale of the slider.
 * @param {Run} run
 * @param {boolean} log
 */
export function steps(run, log) {
  const last = Math.max(run.steps, 1);
  return log ? logarithmic(1, last + 1, 0, 1) : linear(1, last + 1, 0, 1);
}

/**
 * @param {import("./svg.js").Picture} picture
 * @param {Run} run
 * @param {number} position
 * @param {Scales} scales
 */
export function drawLoss(picture, run, position, scales) {
  const plot = frame(picture, run, scales);
  let d = "";
  const line = () => {
    d ||= path(run.records.step.map(plot.x), run.records.loss.map(plot.y));
    return d;
  };
  picture.layer("still", [run, run.count, run.complete, scales.logLoss, scales.logSteps], () =>
    still(plot, run, line(), scales),
  );
  picture.layer("past", [run, run.count, run.complete, scales.logLoss, scales.logSteps], () => past(plot, run, line()));
  const x = plot.x(run.exactStep(position));
  picture.element.querySelector("#past rect")?.setAttribute("width", String(x));
  picture.layer("moving", [run, position, run.count, scales.logLoss, scales.logSteps], () =>
    moving(plot, x, Math.max(8, heightAt(plot, run, position))),
  );
  picture.describe(
    text("lossSummary", {
      first: written(run.records.loss[0]),
      now: written(run.lossAt(position)),
      step: run.stepAt(position),
      lowest: written(run.optimum.loss),
    }),
  );
}

/**
 * @param {import("./svg.js").Picture} picture
 * @param {Run} run
 * @param {Scales} scales
 */
function frame(picture, run, { logLoss, logSteps }) {
  const { loss } = run.records;
  const { low: lowest, high: highest } = extent(loss);
  const floor = run.optimum.loss > NOTHING * loss[0] ? run.optimum.loss : Math.max(lowest / 10, Number.MIN_VALUE);
  const high = Math.max(floor * 1.5, Math.min(highest, GROWN * loss[0]));
  const bottom = picture.height - 10;
  const axis = steps(run, logSteps);
  const across = linear(0, 1, THUMB, picture.width - THUMB);
  const y = logLoss ? logarithmic(floor, high, bottom - 16, 22) : linear(0, high, bottom - 6, 22);
  return {
    x: (/** @type {number} */ step) => across(axis(step + 1)),
    y: (/** @type {number} */ value) => Math.max(-20, y(value)),
    ticks: y.ticks,
    axis,
    bottom,
    width: picture.width,
  };
}

/** @typedef {ReturnType<typeof frame>} Frame */

/**
 * @param {Frame} plot
 * @param {Run} run
 * @param {string} d the line
 * @param {Scales} scales
 */
function still(plot, run, d, { logSteps }) {
  const { x, y, bottom, width, ticks } = plot;
  const { step, loss } = run.records;
  const first = written(loss[0]);
  const best = Math.min(bottom - 8, y(run.optimum.loss));
  const grows = loss[loss.length - 1] > loss[0];
  const side = grows ? { x: THUMB - 3, class: "faint" } : { x: width - THUMB - 16, class: "faint end" };
  const named = Math.max(13, y(loss[0]) - 9);
  const clear = (/** @type {number} */ tick) => !grows || Math.abs(y(tick) - 3 - named) > 14;
  const lines = ticks(4).filter((tick) => tick > 0 && y(tick) > 30 && y(tick) < best - 12 && clear(tick));
  const columns = logSteps ? plot.axis.ticks(7).filter((tick) => tick > 1) : [];
  const grid = [
    ...lines.map((tick) => `M${THUMB} ${y(tick)}H${width - THUMB}`),
    ...columns.map((tick) => `M${x(tick - 1)} 8V${bottom}`),
  ];
  const places = [0.76, 0.5, 0.2].flatMap((part) => [-6, -24, -42].map((dy) => ({ x: part * width, y: best + dy })));
  const numbers = lines.map((tick) => ({
    left: grows ? 0 : width - THUMB - 60,
    right: grows ? 60 : width,
    top: y(tick) - 15,
    bottom: y(tick),
  }));
  const name = text("bestLoss", { loss: written(run.optimum.loss) });
  const spot = placed(name, 13, places, [...boxes(step.map(x), loss.map(y)), ...numbers]).place;
  return [
    svg("path", { d: grid.join(""), class: "grid" }),
    lines.map((tick) => label(shortest(tick), { ...side, y: y(tick) - 3 })),
    columns.map((tick) => label(shortest(tick), { x: x(tick - 1), y: 8, class: "faint middle" })),
    svg("path", { d: `M${THUMB} ${best}H${width - THUMB}`, class: "best" }),
    svg("path", { d, class: "future" }),
    label(first, { x: THUMB - 3, y: named, class: "soft strong" }),
    label(name, { x: spot.x, y: spot.y, class: "soft middle" }),
    svg("path", { d: `M4 ${bottom}H${width - 4}`, class: "rail" }),
  ];
}

/**
 * Returns the whole line and a rectangle that clips it at the selected step.
 * @param {Frame} plot
 * @param {Run} run
 * @param {string} d
 */
function past({ x, y }, run, d) {
  const { step, loss } = run.records;
  const dots =
    step.length > DOTTED
      ? []
      : step.map((each, i) => svg("circle", { cx: x(each), cy: y(loss[i]), r: 2.6, class: "dot" }));
  return [
    svg("defs", {}, svg("clipPath", { id: "past" }, svg("rect", { x: 0, y: -30, width: 0, height: 999 }))),
    svg("g", { "clip-path": "url(#past)" }, svg("path", { d, class: "line" }), ...dots),
  ];
}

/**
 * @param {Frame} plot
 * @param {number} x
 * @param {number} y
 */
function moving({ bottom }, x, y) {
  return [
    svg("path", { d: `M${x} ${y}V${bottom}`, class: "stem" }),
    svg("circle", { cx: x, cy: y, r: 6, class: "dot ringed" }),
  ];
}

/**
 * Returns the height of the line at a position between two steps.
 * @param {Frame} plot
 * @param {Run} run
 * @param {number} position
 */
function heightAt({ y }, run, position) {
  const { loss } = run.records;
  const i = Math.floor(position);
  const here = y(loss[i]);
  return i + 1 < loss.length ? here + (position - i) * (y(loss[i + 1]) - here) : here;
}

/**
 * Returns boxes along a line.
 * @param {number[]} x
 * @param {number[]} y
 */
function boxes(x, y) {
  const every = Math.ceil(x.length / 60);
  return x
    .filter((_, i) => i % every === 0)
    .map((each, i) => ({ left: each - 12, right: each + 12, top: y[i * every] - 3, bottom: y[i * every] + 3 }));
}
