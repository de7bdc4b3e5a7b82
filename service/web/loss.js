/** The chart of the loss at each step, above the slider that selects a step. */

import { linear, logarithmic } from "./axis.js";
import { lettered, named, place as placed } from "./labels.js";
import { counted, shortest, written } from "./numbers.js";
import { extent } from "./points.js";
import { between, predictedLoss } from "./run.js";
import { path, svg } from "./svg.js";
import { text } from "./texts.js";

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
/** The width in pixels of the boxes along the line that labels avoid. */
const WIDE = 4;
/** With more steps than this, the line has no dots. */
const DOTTED = 60;
/** The maximum number of steps at which the loss is predicted. The line between them is straight. */
const SAMPLES = 600;

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
 * @param {Picture} picture
 * @param {Run} run
 * @param {number} position
 * @param {Scales} scales
 */
export function drawLoss(picture, run, position, scales) {
  const plot = frame(picture, run, scales);
  const values = [run, run.count, run.complete, scales.logLoss, scales.logSteps];
  const made = () =>
    picture.once("made", values, () => ({ x: run.records.step.map(plot.x), y: run.records.loss.map(plot.y) }));
  const line = () => picture.once("line", values, () => filled(plot, run, made()));
  picture.layer("still", values, () => still(plot, run, line(), scales));
  picture.layer("past", values, () => past(line()));
  picture.element.classList.toggle("ended", run.complete && position >= run.last);
  const x = plot.x(run.exactStep(position));
  picture.element.querySelector("#past rect")?.setAttribute("width", String(x));
  picture.layer("moving", [run, position, run.count, scales.logLoss, scales.logSteps], () =>
    moving(plot, x, Math.max(8, between(made().y, position))),
  );
  picture.describe(summary(run, position));
}

/**
 * @param {Picture} picture
 * @param {Run} run
 * @param {Scales} scales
 */
function frame(picture, run, { logLoss, logSteps }) {
  const { loss } = run.records;
  const { low: lowest, high } = extent(loss);
  const highest = run.foreseen ? Math.max(high, predictedLoss(run.foreseen, run.steps)) : high;
  const best = run.lowest ?? lowest;
  const floor = best > NOTHING * loss[0] ? best : Math.max(lowest / 10, Number.MIN_VALUE);
  const top = Math.max(floor * 1.5, Math.min(highest, GROWN * loss[0]));
  const bottom = picture.height - 10;
  const axis = steps(run, logSteps);
  const across = linear(0, 1, THUMB, picture.width - THUMB);
  const y = logLoss ? logarithmic(floor, top, bottom - 16, 22) : linear(0, top, bottom - 6, 22);
  return {
    x: (/** @type {number} */ step) => across(axis(step + 1)),
    y: (/** @type {number} */ value) => Math.max(-20, y(value)),
    ticks: y.ticks,
    axis,
    bottom,
    width: picture.width,
  };
}

/**
 * Returns the line through the records. Between the first two, it goes through the predicted losses.
 * @param {Frame} plot
 * @param {Run} run
 * @param {Line} made
 * @returns {Line}
 */
function filled({ x, y }, { foreseen, records }, made) {
  const [, second = 1] = records.step;
  if (!foreseen || second === 1) return made;
  const first = Array.from({ length: second }, (_, step) => step);
  return {
    x: [...first.map(x), ...made.x.slice(1)],
    y: [...first.map((step) => y(predictedLoss(foreseen, step))), ...made.y.slice(1)],
  };
}

/**
 * Returns the line through the predicted losses.
 * @param {Frame} plot
 * @param {Foreseen} foreseen
 * @param {number} last the last step
 */
function predictedLine({ x, y, axis }, foreseen, last) {
  const count = Math.min(last, SAMPLES);
  const steps = Array.from({ length: count + 1 }, (_, i) => Math.round(axis.invert(i / count) - 1));
  return { x: steps.map(x), y: steps.map((step) => y(predictedLoss(foreseen, step))) };
}

/** @typedef {ReturnType<typeof frame>} Frame */
/** @typedef {{ x: number[], y: number[] }} Line the pixels of its points */

/**
 * @param {Frame} plot
 * @param {Run} run
 * @param {Line} made
 * @param {Scales} scales
 */
function still(plot, run, made, { logSteps }) {
  const { x, y, bottom, width, ticks } = plot;
  const best = Math.min(bottom - 8, y(run.lowest ?? 0));
  const lines = ticks(4).filter((tick) => tick > 0 && y(tick) > 30 && y(tick) < best - 12);
  const columns = logSteps ? plot.axis.ticks(7).filter((tick) => tick > 1) : [];
  const ahead = run.foreseen ? predictedLine(plot, run.foreseen, run.steps) : made;
  const grid = [
    ...lines.map((tick) => `M${THUMB} ${y(tick)}H${width - THUMB}`),
    ...columns.map((tick) => `M${x(tick - 1)} 8V${bottom}`),
  ];
  return [
    svg("path", { d: grid.join(""), class: "grid" }),
    run.lowest !== null && svg("path", { d: `M${THUMB} ${best}H${width - THUMB}`, class: "best" }),
    svg("path", { d: path(ahead.x, ahead.y), class: run.foreseen ? "predicted" : "future" }),
    names(plot, run, { best, lines, columns, drawn: [made, ahead] }),
    svg("path", { d: `M4 ${bottom}H${width - 4}`, class: "rail" }),
  ];
}

/**
 * Returns the labels: the first and the best loss, that of the predicted line, and those of the
 * ticks that have room.
 * @param {Frame} plot
 * @param {Run} run
 * @param {{ best: number, lines: number[], columns: number[], drawn: Line[] }} at the height of the best loss, the ticks, and the lines
 */
function names({ x, y, width, bottom }, run, { best, lines, columns, drawn }) {
  const { loss } = run.records;
  const ahead = drawn[drawn.length - 1];
  const taken = [
    ...drawn.flatMap((line) => along(line.x, line.y)),
    { left: 0, right: width, top: bottom - 5, bottom: bottom + 9 },
    { left: width, right: 9999, top: 0, bottom },
  ];
  const start = y(loss[0]);
  /** @type {Place[]} */
  const first = [THUMB - 3, THUMB + 12].flatMap((left) =>
    [-9, 20, 34].map((dy) => ({ x: left, y: Math.max(13, start + dy), anchor: "start" })),
  );
  const lowest = [0.76, 0.5, 0.2, 0.35, 0.65, 0.87].flatMap((part) =>
    [-6, -24, -42, -60].map((dy) => ({ x: part * width, y: best + dy })),
  );
  const ticks = [
    ...lines.map((tick) => ({ tick, places: sides(y(tick) - 3, width) })),
    ...columns.map((tick) => ({ tick, places: above(x(tick - 1), width) })),
  ];
  return [
    named(written(loss[0]), 13, "soft strong", first, taken),
    run.lowest !== null && named(text("bestLoss", { loss: written(run.lowest) }), 13, "soft", lowest, taken),
    run.foreseen && named(text("predicted"), 13, "soft key", alongside(ahead), taken),
    ticks.map(({ tick, places }) => {
      const found = placed(shortest(tick), 11, places, taken);
      if (found.overlap > 0) return null;
      taken.push(found.box);
      return lettered(shortest(tick), "faint", found.place);
    }),
  ];
}

/**
 * Returns the places of the label of a line: above or below it, where it goes on.
 * @param {Line} line
 * @returns {Place[]}
 */
function alongside({ x, y }) {
  const spots = [0.55, 0.45, 0.65, 0.35, 0.75, 0.25, 0.1, 0].map((part) => Math.round(part * (x.length - 1)));
  return spots
    .filter((i) => y[i] > 0)
    .flatMap((i) => [-8, -12, -16, 19, 24].map((dy) => ({ x: x[i], y: Math.max(13, y[i] + dy) })));
}

/**
 * Returns the places of the label of a tick: at the right side, or else at the left.
 * @param {number} y
 * @param {number} width
 * @returns {Place[]}
 */
function sides(y, width) {
  return [
    { x: width - THUMB - 16, y, anchor: "end" },
    { x: THUMB - 3, y, anchor: "start" },
  ];
}

/**
 * Returns the places of the label of a column: above it, or else at the right side.
 * @param {number} x
 * @param {number} width
 * @returns {Place[]}
 */
function above(x, width) {
  return x < width - 60
    ? [{ x, y: 8 }]
    : [
        { x, y: 8 },
        { x: width - 4, y: 8, anchor: "end" },
      ];
}

/**
 * Returns the whole line and a rectangle that clips it at the selected step.
 * @param {Line} made
 */
function past({ x, y }) {
  const dots = x.length > DOTTED ? [] : x.map((each, i) => svg("circle", { cx: each, cy: y[i], r: 2.6, class: "dot" }));
  return [
    svg("defs", {}, svg("clipPath", { id: "past" }, svg("rect", { x: 0, y: -30, width: 0, height: 999 }))),
    svg("g", { "clip-path": "url(#past)" }, svg("path", { d: path(x, y), class: "line" }), ...dots),
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
 * Returns boxes along a line, one for each column of `WIDE` pixels.
 * @param {number[]} x
 * @param {number[]} y
 */
function along(x, y) {
  /** @type {Box[]} */
  const found = [];
  const add = (/** @type {number} */ column, /** @type {number} */ height) => {
    const box = found[column];
    if (box === undefined)
      found[column] = { left: column * WIDE, right: (column + 1) * WIDE, top: height - 2, bottom: height + 2 };
    else if (height < box.top + 2) box.top = height - 2;
    else if (height > box.bottom - 2) box.bottom = height + 2;
  };
  for (let i = 1; i < x.length; i += 1) {
    const parts = Math.ceil((x[i] - x[i - 1]) / WIDE) || 1;
    const height = (/** @type {number} */ part) => y[i - 1] + (part / parts) * (y[i] - y[i - 1]);
    for (let k = 0; k <= parts; k += 1) {
      const column = Math.floor((x[i - 1] + (k / parts) * (x[i] - x[i - 1])) / WIDE);
      add(column, height(k));
      add(column, height(Math.min(k + 1, parts))); // a steep piece goes on in the same column
    }
  }
  return found.filter(Boolean);
}

/**
 * @param {Run} run
 * @param {number} position
 */
function summary(run, position) {
  const { records, foreseen, lowest, steps } = run;
  const [first, now] = [records.loss[0], run.lossAt(position)].map(written);
  const made = text("lossSummary", { first, now, step: run.stepAt(position) });
  const best = lowest === null ? text("bestUnknown") : text("bestIs", { best: written(lowest) });
  const end = foreseen ? predictedLoss(foreseen, steps) : Number.NaN;
  if (!Number.isFinite(end)) return `${made} ${best}`;
  return `${made} ${best} ${text("predictedSummary", { steps: counted(steps), loss: written(end) })}`;
}
