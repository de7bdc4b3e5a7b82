// @ts-check
/**
 * The chart of the learning rate: the final loss against the rate, above the slider that chooses
 * the rate.
 */

import { linear, logarithmic } from "./axis.js";
import { element } from "./elements.js";
import { counted, percent, written } from "./numbers.js";
import { GOOD_PART } from "./setting.js";
import { label, path, svg } from "./svg.js";
import { text } from "./texts.js";

/** @typedef {import("./run.js").Run} Run */
/** @typedef {{ lr: number, loss: number, outcome: string, verdict: import("./run.js").Verdict }} SweptRun */
/** @typedef {import("./axis.js").Axis} Axis */
/** @typedef {import("./score.js").Attempt} Attempt */

/** The ends of the slider's track, as parts of the limit. */
export const TRACK = { low: 1 / 126, high: 2.1 };
/**
 * Half the width of the slider's thumb in pixels, which is the distance from the end of the slider
 * to its track.
 */
const THUMB = 13;
/** The radius in pixels of the dot of an attempt at the challenge. */
const DOT = 5;
/** The distance in pixels up to which a click chooses a swept rate. */
const NEAR = 24;

/** @type {Record<string, string>} the CSS classes of the verdicts */
export const SHADES = { too_small: "small", good: "good", bouncing: "bounce", edge: "large", diverging: "large" };

/**
 * Returns the rates to sweep: they are even along the track, and dense near the limit, where
 * bouncing turns into divergence.
 * @param {number} limit
 */
export function swept(limit) {
  const even = Array.from({ length: 97 }, (_, i) => TRACK.low * (TRACK.high / TRACK.low) ** (i / 96));
  const close = Array.from({ length: 12 }, (_, i) => 2 ** -(i + 3));
  const parts = [...even, ...close.map((each) => 1 - each), ...close.map((each) => 1 + each)];
  return parts.sort((one, other) => one - other).map((part) => part * limit);
}

/**
 * Returns the parts of the limit that the four buttons choose: too small, good, bouncing, too
 * large. They depend on the start: a usual rate that has another verdict there is replaced by the
 * middle of the rates that have this one. Null if no rate has it.
 * @param {SweptRun[]} runs
 * @param {number} limit
 */
export function presets(runs, limit) {
  const judged = (/** @type {string} */ verdict, /** @type {number} */ usual) => {
    const nearest = runs.reduce((best, run) =>
      Math.abs(Math.log(run.lr / limit / usual)) < Math.abs(Math.log(best.lr / limit / usual)) ? run : best,
    );
    return nearest.verdict.rate === verdict ? usual : middle(runs, limit, verdict);
  };
  return {
    small: judged("too_small", 0.02),
    good: judged("good", GOOD_PART),
    bounce: middle(runs, limit, "bouncing"),
    large: 1.1,
  };
}

/**
 * Returns the middle of the rates with a verdict, as a part of the limit, or null if there are none.
 * @param {SweptRun[]} runs
 * @param {number} limit
 * @param {string} verdict
 */
function middle(runs, limit, verdict) {
  const below = runs.filter((run) => run.lr < limit);
  const has = below.map((run) => run.verdict.rate === verdict);
  const [first, last] = [has.indexOf(true), has.lastIndexOf(true)];
  if (first < 0) return null;
  const [before, after] = [below[Math.max(first - 1, 0)].lr, below[last + 1]?.lr ?? limit];
  return Math.sqrt((before / limit) * (after / limit));
}

/**
 * @param {import("./svg.js").Picture} picture
 * @param {import("./fitting.js").Sweep} sweep
 * @param {Run} run
 * @param {Attempt[]} attempts at the challenge
 */
export function drawDial(picture, sweep, run, attempts) {
  const plot = frame(picture, sweep);
  picture.layer("still", Object.values(sweep), () => still(plot, sweep));
  picture.layer("moving", [sweep, run, run.count, run.complete], () => moving(plot, run));
  picture.layer("attempts", [...Object.values(sweep), ...attempts], () => attempts.map((each) => dot(plot, each)));
  picture.once("terms", Object.values(sweep), () => {
    cover(picture, "no-bounce");
    cover(picture, "best-rate");
  });
  picture.describe(
    text("dialSummary", {
      steps: counted(sweep.steps),
      best: sweep.best === null ? "–" : written(sweep.best),
      limit: written(sweep.limit),
      lr: written(run.lr),
    }),
  );
}

/**
 * Lays a term, which explains itself, over its label in the chart. Without the label, hides it.
 * @param {import("./svg.js").Picture} picture
 * @param {string} name of the label and of the term
 */
function cover(picture, name) {
  const label = /** @type {SVGTextElement | null} */ (picture.element.querySelector(`.${name}`));
  const term = element(name);
  term.hidden = label === null;
  if (!label) return;
  const { x, width } = label.getBBox();
  term.style.left = `${x}px`;
  term.style.width = `${width}px`;
}

/**
 * Returns the swept rate at this pixel, or null if none is near.
 * @param {import("./svg.js").Picture} picture
 * @param {{ runs: SweptRun[], limit: number }} sweep
 * @param {number} pixel
 */
export function rateAt(picture, sweep, pixel) {
  const { x } = frame(picture, sweep);
  const nearest = sweep.runs.reduce((best, run) =>
    Math.abs(x(run.lr) - pixel) < Math.abs(x(best.lr) - pixel) ? run : best,
  );
  return Math.abs(x(nearest.lr) - pixel) < NEAR ? nearest.lr : null;
}

/**
 * @param {import("./svg.js").Picture} picture
 * @param {{ runs: SweptRun[], limit: number }} sweep
 */
function frame(picture, { runs, limit }) {
  const settled = runs.filter((run) => run.lr < limit).map((run) => run.loss);
  const low = Math.max(Math.min(...settled), Number.MIN_VALUE);
  const high = Math.max(runs[0].loss, low * 1.5);
  const bottom = picture.height - 12;
  const top = 40;
  const spread = Math.log10(high / low);
  return {
    x: logarithmic(TRACK.low * limit, TRACK.high * limit, THUMB, picture.width - THUMB),
    y: linear(Math.log10(low) - 0.12 * spread, Math.log10(high), bottom - 6, top),
    top,
    bottom,
    width: picture.width,
  };
}

/** @typedef {ReturnType<typeof frame>} Frame */

/**
 * @param {Frame} plot
 * @param {import("./fitting.js").Sweep} sweep
 */
function still(plot, { runs, limit, noBounce, best, steps }) {
  const { x, top, bottom, width } = plot;
  const pieces = stretches(runs);
  const settled = pieces.filter((piece) => piece.runs[0].lr < limit);
  return [
    svg("defs", {}, stripes()),
    svg("rect", {
      x: x(limit),
      y: top - 4,
      width: width - THUMB - x(limit),
      height: bottom - top + 4,
      class: "beyond",
    }),
    settled.map((piece) =>
      svg("path", { d: `${traced(plot, piece.runs)}V${bottom}H${x(piece.runs[0].lr)}Z`, class: `area ${piece.shade}` }),
    ),
    track(plot, pieces),
    noBounce === null
      ? null
      : svg("rect", { x: x(noBounce), y: bottom - 4, width: x(limit) - x(noBounce), height: 8, fill: "url(#stripes)" }),
    pieces.map((piece) => svg("path", { d: traced(plot, piece.runs), class: `swept ${piece.shade}` })),
    svg("path", {
      d: runs
        .filter((run) => run.lr < limit)
        .map((run) => `M${x(run.lr).toFixed(1)} ${height(plot, run.loss).toFixed(1)}h0`)
        .join(""),
      class: "sweptdots",
    }),
    marks(plot, { limit, noBounce, best }),
    label(text("lossAfter", { steps: counted(steps) }), { x: THUMB, y: height(plot, runs[0].loss) - 9, class: "soft" }),
    width - THUMB - x(limit) > 70
      ? label(text("diverges"), {
          x: (x(limit) + width - THUMB) / 2,
          y: (top + bottom) / 2 + 4,
          class: "large strong middle",
        })
      : null,
  ];
}

/**
 * Groups neighbouring runs with the same verdict. Each stretch begins where the previous one ends.
 * @param {SweptRun[]} runs
 */
function stretches(runs) {
  /** @type {{ shade: string, runs: SweptRun[] }[]} */
  const pieces = [];
  for (const run of runs) {
    const shade = SHADES[run.verdict.rate];
    const piece = pieces.at(-1);
    piece?.runs.push(run);
    if (piece?.shade !== shade) pieces.push({ shade, runs: [run] });
  }
  return pieces;
}

/**
 * @param {Frame} plot
 * @param {{ shade: string, runs: SweptRun[] }[]} pieces
 */
function track({ x, bottom, width }, pieces) {
  return pieces.map(({ shade, runs }, i) => {
    const from = i === 0 ? 0 : x(runs[0].lr);
    const to = i === pieces.length - 1 ? width : x(/** @type {SweptRun} */ (runs.at(-1)).lr);
    return svg("path", {
      d: `M${from + (i === 0 ? 4 : 0)} ${bottom}H${to - (i === pieces.length - 1 ? 4 : 0)}`,
      class: `track ${shade} ${i === 0 || i === pieces.length - 1 ? "round" : ""}`,
    });
  });
}

/**
 * @param {Frame} plot
 * @param {SweptRun[]} runs
 */
function traced(plot, runs) {
  const below = runs.map((run) => ({ x: plot.x(run.lr), y: height(plot, run.loss) }));
  return path(
    below.map((spot) => spot.x),
    below.map((spot) => spot.y),
  );
}

/**
 * @param {Frame} plot
 * @param {number} loss
 */
function height({ y, top }, loss) {
  return Math.max(top - 8, y(Math.log10(Math.max(loss, Number.MIN_VALUE))));
}

/**
 * @param {Frame} plot
 * @param {{ limit: number, noBounce: number | null, best: number | null }} rates
 */
function marks({ x, bottom, width }, { limit, noBounce, best }) {
  const fits = width - x(limit) > 44;
  return [
    noBounce === null ? null : svg("path", { d: `M${x(noBounce)} 4V${bottom - 4}`, class: "mark" }),
    noBounce === null
      ? null
      : label(text("noBounce"), { x: x(noBounce) - 6, y: 13, class: "soft strong end no-bounce" }),
    best === null ? null : svg("path", { d: `M${x(best)} 20V${bottom - 4}`, class: "mark good" }),
    best === null ? null : label(text("best"), { x: x(best) - 6, y: 31, class: "good strong end best-rate" }),
    svg("path", { d: `M${x(limit)} 4V${bottom + 3}`, class: "limit" }),
    label(text("limit"), { x: x(limit) + (fits ? 6 : -6), y: 13, class: `large strong ${fits ? "start" : "end"}` }),
  ];
}

/**
 * @param {Frame} plot
 * @param {Run} run
 */
function moving(plot, run) {
  const x = Math.max(THUMB, Math.min(plot.width - THUMB, plot.x(run.lr)));
  const y = run.diverged ? plot.top - 8 : height(plot, run.lossAt(run.last));
  return [
    svg("path", { d: `M${x} ${y}V${plot.bottom}`, class: "stem" }),
    svg("circle", { cx: x, cy: y, r: 5.5, class: "dot ringed" }),
  ];
}

/**
 * @param {Frame} plot
 * @param {Attempt} attempt
 */
function dot(plot, { lr, loss, verdict }) {
  return svg("circle", { cx: plot.x(lr), cy: height(plot, loss), r: DOT, class: `attempt ${SHADES[verdict]}` });
}

/** Returns the pattern between `noBounce` and `limit`. */
function stripes() {
  return svg(
    "pattern",
    { id: "stripes", width: 10, height: 8, patternUnits: "userSpaceOnUse", patternTransform: "skewX(-35)" },
    svg("rect", { width: 5, height: 8, class: "stripe" }),
  );
}

/**
 * Returns the value of the slider for screen readers.
 * @param {Run} run
 */
export function spokenRate(run) {
  const limit = run.analysis.lr_limit;
  return text("rateNow", {
    lr: written(run.lr),
    verdict: shadeName(run.verdict.rate),
    part: limit ? percent(run.lr / limit) : "–",
  });
}

/**
 * Returns the name of a verdict.
 * @param {string} rate
 */
export function shadeName(rate) {
  return text(rate === "edge" ? "edge" : SHADES[rate]);
}
