/**
 * The chart of the learning rate: the final loss against the rate, above the slider that chooses
 * the rate.
 */

import { linear, logarithmic } from "./axis.js";
import { element } from "./elements.js";
import { lettered, measured, named, outside } from "./labels.js";
import { exact, limitKnown } from "./methods.js";
import { counted, percent, rounded, written } from "./numbers.js";
import { extent } from "./points.js";
import { GOOD_PART } from "./setting.js";
import { label, path, svg } from "./svg.js";
import { text } from "./texts.js";

/** @type {Track} the track of a descent with a limit, which is the unit of its rates */
const TRACK = { low: 1 / 126, high: 2.1 };
/** @type {Track} the track of a network, whose rates have no unit */
const NETWORK_TRACK = { low: 1e-5, high: 1 };
/** @type {Track} the track of a descent by the signs of gradients, whose unit is the height of the points */
const SIGN_TRACK = { low: 1e-5, high: 1 };
/** The largest width of the label of the line, in pixels. */
const LABEL = 190;
/** The part of the fall of the lowest run that another may miss and still be good, as in the service. */
const MISSED = 0.01;
/** The numbers of rates that are swept if that takes longer than with plain steps, or longest. */
const TRIED = 46;
const NETWORK_TRIED = 31;
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
 * Returns rates at equal distances along the track.
 * @param {Track} track
 * @param {number} count
 */
function even({ low, high }, count) {
  return Array.from({ length: count }, (_, i) => low * (high / low) ** (i / (count - 1)));
}

/**
 * The rates to sweep, as parts of the limit: they are even along the track, and dense near the
 * limit, where bouncing turns into divergence.
 */
export const PARTS = (() => {
  const close = Array.from({ length: 12 }, (_, i) => 2 ** -(i + 3));
  const near = [...close.map((each) => 1 - each), ...close.map((each) => 1 + each)];
  return [...even(TRACK, 97), ...near].sort((one, other) => one - other);
})();

/**
 * Returns the rates to sweep, as a request has them, and their track.
 * @param {Setting} setting
 * @param {Points | null} points
 * @returns {{ lrs: number[] | { of_limit: number[] }, track: Track }}
 */
export function scaleOf(setting, points) {
  if (exact(setting) && setting.optimizer === "sgd") return { lrs: { of_limit: PARTS }, track: TRACK };
  if (limitKnown(setting)) return { lrs: { of_limit: even(TRACK, TRIED) }, track: TRACK };
  if (setting.model === "network") return { lrs: even(NETWORK_TRACK, NETWORK_TRIED), track: NETWORK_TRACK };
  const { low, high } = extent(points?.y ?? []);
  const unit = 10 ** Math.ceil(Math.log10(high - low || Math.abs(high) || 1));
  return { lrs: even(SIGN_TRACK, TRIED).map((part) => part * unit), track: SIGN_TRACK };
}

/**
 * Returns the rate with the lowest loss among those tried.
 * @param {SweptRun[]} runs
 */
export function tried(runs) {
  return rounded(lowestOf(runs).lr);
}

/** @param {SweptRun[]} runs */
function lowestOf(runs) {
  const settled = runs.filter((run) => run.outcome !== "diverged");
  return settled.reduce((best, run) => (run.loss < best.loss ? run : best), settled[0] ?? runs[0]);
}

/**
 * Returns whether a rate of a network suits the steps. Its lowest loss is not known, so a descent
 * alone can look good that ends far above those at other rates.
 * @param {SweptRun} run
 * @param {SweptRun[]} runs those at all swept rates
 */
export function suits({ lr, loss, verdict }, runs) {
  const lowest = lowestOf(runs);
  const missed = loss - lowest.loss;
  if (verdict.rate !== "good" || missed <= MISSED * (verdict.facts.start_loss - lowest.loss)) return verdict.rate;
  return lr < lowest.lr ? "too_small" : "bouncing";
}

/**
 * Returns the parts of the unit that the four buttons choose, by the names of the buttons. A usual
 * rate that has another verdict from this start is replaced by the middle of the rates that have it,
 * or by null if there are none. Without a limit, there are no usual rates, and the one with the lowest
 * loss, which any verdict can have, takes the place of the good one.
 * @param {Sweep} sweep
 * @returns {Record<string, number | null>}
 */
export function presets({ runs, unit, limit, best, exact }) {
  const nearest = (/** @type {number} */ part) =>
    runs.reduce((found, run) =>
      Math.abs(Math.log(run.lr / unit / part)) < Math.abs(Math.log(found.lr / unit / part)) ? run : found,
    );
  const middle = (/** @type {string} */ verdict) => middleOf(runs, unit, exact ? limit : null, verdict);
  const judged = (/** @type {string} */ verdict, /** @type {number | null} */ usual) =>
    usual !== null && nearest(usual).verdict.rate === verdict ? usual : middle(verdict);
  return {
    small: judged("too_small", limit && 0.02),
    ...(limit ? { good: judged("good", GOOD_PART) } : { bestTried: best && best / unit }),
    bounce: middle("bouncing"),
    large: exact ? 1.1 : middle("diverging"),
  };
}

/**
 * Returns the middle of the rates with a verdict, as a part of the unit, or null if there are none.
 * @param {SweptRun[]} runs
 * @param {number} unit
 * @param {number | null} limit
 * @param {string} verdict
 */
function middleOf(runs, unit, limit, verdict) {
  const below = limit === null ? runs : runs.filter((run) => run.lr < limit);
  const has = below.map((run) => run.verdict.rate === verdict);
  const [first, last] = [has.indexOf(true), has.lastIndexOf(true)];
  if (first < 0) return null;
  const after = below[last + 1]?.lr ?? limit ?? below[last].lr;
  return Math.sqrt((below[Math.max(first - 1, 0)].lr / unit) * (after / unit));
}

/**
 * @param {Picture} picture
 * @param {Sweep} sweep
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
  picture.describe(summary(sweep, run));
}

/**
 * Returns the limit if it is that of the descent: of one whose rate is constant.
 * @param {Sweep} sweep
 */
function limitOf({ limit, constant }) {
  return constant ? limit : null;
}

/**
 * Returns the name of the loss after all steps.
 * @param {number} steps
 */
export function lossAfter(steps) {
  return text(steps === 1 ? "lossAfterOne" : "lossAfter", { steps: counted(steps) });
}

/**
 * @param {Sweep} sweep
 * @param {Run} run
 */
function summary(sweep, run) {
  const { steps, best } = sweep;
  const limit = limitOf(sweep);
  const [lowest, end] = [best, limit].map((rate) => (rate === null ? "–" : written(rate)));
  const known = text(limit === null ? "dialTried" : "dialKnown", { best: lowest, limit: end });
  return `${text("dialSummary", { after: lossAfter(steps), lr: written(run.lr) })} ${known}`;
}

/**
 * Lays a term, which explains itself, over its label in the chart. Without the label, hides it.
 * @param {Picture} picture
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
 * @param {Picture} picture
 * @param {Sweep} sweep
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
 * @param {Picture} picture
 * @param {Sweep} sweep
 */
function frame(picture, sweep) {
  const { runs, unit, track } = sweep;
  const settled = runs.filter((run) => run.outcome !== "diverged" && settles(sweep, run)).map((run) => run.loss);
  const low = Math.max(Math.min(...settled), Number.MIN_VALUE);
  const high = Math.max(runs[0].loss, low * 1.5);
  const bottom = picture.height - 12;
  const top = 40;
  const spread = Math.log10(high / low);
  return {
    x: logarithmic(track.low * unit, track.high * unit, THUMB, picture.width - THUMB),
    y: linear(Math.log10(low) - 0.12 * spread, Math.log10(high), bottom - 6, top),
    top,
    bottom,
    width: picture.width,
  };
}

/**
 * Whether a rate is below the limit, if that holds for the descent exactly.
 * @param {Sweep} sweep
 * @param {SweptRun} run
 */
function settles({ limit, exact }, { lr }) {
  return !exact || limit === null || lr < limit;
}

/** @typedef {ReturnType<typeof frame>} Frame */

/**
 * @param {Frame} plot
 * @param {Sweep} sweep
 */
function still(plot, sweep) {
  const { line, limit, noBounce } = sweep;
  const { x, bottom } = plot;
  const pieces = stretches(line);
  const below = (/** @type {SweptRun} */ run) => settles(sweep, run);
  return [
    svg("defs", {}, stripes()),
    limit !== null && sweep.exact && beyond(plot, limit),
    pieces
      .filter((piece) => below(piece.runs[0]))
      .map((piece) =>
        svg("path", {
          d: `${traced(plot, piece.runs)}V${bottom}H${x(piece.runs[0].lr)}Z`,
          class: `area ${piece.shade}`,
        }),
      ),
    track(plot, pieces),
    noBounce !== null &&
      limit !== null &&
      svg("rect", { x: x(noBounce), y: bottom - 4, width: x(limit) - x(noBounce), height: 8, fill: "url(#stripes)" }),
    pieces.map((piece) => svg("path", { d: traced(plot, piece.runs), class: `swept ${piece.shade}` })),
    svg("path", {
      d: line
        .filter(below)
        .map((run) => `M${x(run.lr).toFixed(1)} ${height(plot, run.loss).toFixed(1)}h0`)
        .join(""),
      class: "sweptdots",
    }),
    marks(plot, sweep),
  ];
}

/**
 * Returns the pixel above which the line does not rise near its beginning, where its label is.
 * @param {Frame} plot
 * @param {SweptRun[]} runs
 */
function above(plot, runs) {
  const near = runs.filter((run) => plot.x(run.lr) < THUMB + LABEL);
  return Math.min(...near.map((run) => height(plot, run.loss)));
}

/**
 * Returns the rates beyond the limit.
 * @param {Frame} plot
 * @param {number} limit
 */
function beyond({ x, top, bottom, width }, limit) {
  const side = width - THUMB;
  const wide = side - x(limit);
  return [
    svg("rect", { x: x(limit), y: top - 4, width: wide, height: bottom - top + 4, class: "beyond" }),
    wide > 70 &&
      label(text("diverges"), { x: (x(limit) + side) / 2, y: (top + bottom) / 2 + 4, class: "large strong middle" }),
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
function height({ y, top, bottom }, loss) {
  return Math.max(top - 8, Math.min(bottom - 6, y(Math.log10(Math.max(loss, Number.MIN_VALUE)))));
}

/**
 * Returns the marks of the known rates, and the label of the line, which avoids theirs.
 * @param {Frame} plot
 * @param {Sweep} sweep
 */
function marks(plot, sweep) {
  const { runs, unit, track, noBounce, best, exact, steps } = sweep;
  const { x, bottom, width } = plot;
  const limit = limitOf(sweep);
  const fits = limit !== null && width - x(limit) > 44;
  const bestName = exact && best !== null ? `${text("best")} ${written(best)}` : text("bestTried").toLowerCase();
  const kind = exact ? "good" : "ink";
  const taken = outside({ left: 0, right: width, top: 0, bottom });
  const end = (/** @type {string} */ rate, /** @type {Place} */ place) =>
    named(rate, 11, "track-end faint halo", [place], taken);
  const [lowest, highest] = [track.low, track.high].map((part) => written(part * unit));
  const fitsBeyond = limit === null || measured(highest, 11) < width - x(limit) - 8;
  /** @type {Place[]} */
  const first = [9, 26, 40].map((gap) => ({ x: THUMB + 8, y: above(plot, runs) - gap, anchor: "start" }));
  first.push({ x: THUMB + 8, y: bottom - 12, anchor: "start" });
  return [
    limit !== null && svg("path", { d: `M${x(limit)} 4V${bottom + 3}`, class: "limit" }),
    noBounce !== null &&
      noBounce > track.low * unit && [
        svg("path", { d: `M${x(noBounce)} 4V${bottom - 4}`, class: "mark" }),
        named(text("noBounce"), 13, "soft strong no-bounce", sides(x(noBounce), 13), taken),
      ],
    best !== null && [
      svg("path", { d: `M${x(best)} 20V${bottom - 4}`, class: `mark ${kind}` }),
      named(bestName, 13, `${kind} strong halo best-rate`, sides(x(best), 31), taken),
    ],
    limit !== null &&
      lettered(text("limit"), "large strong", { x: x(limit) + (fits ? 6 : -6), y: 13, anchor: fits ? "start" : "end" }),
    end(lowest, { x: 4, y: bottom - 17, anchor: "start" }),
    fitsBeyond && end(highest, { x: width - 4, y: bottom - 17, anchor: "end" }),
    named(lossAfter(steps), 13, "soft halo", first, taken),
  ];
}

/**
 * Returns the places of the label of a mark: at its left or, if there is no room, at its right.
 * @param {number} x
 * @param {number} y
 * @returns {Place[]}
 */
function sides(x, y) {
  return [
    { x: x - 6, y, anchor: "end" },
    { x: x + 6, y, anchor: "start" },
  ];
}

/**
 * Draws the loss of the chosen rate, or an arrow to a rate off the scale.
 * @param {Frame} plot
 * @param {Run} run
 */
function moving(plot, run) {
  const y = run.diverged ? plot.top - 8 : height(plot, run.lossAt(run.last));
  const side = plot.width - THUMB;
  const x = Math.max(THUMB, Math.min(side, plot.x(run.lr)));
  if (!onScale(plot, run.lr)) {
    const way = x < side ? 1 : -1;
    return svg("path", { d: `M${x + way * 6} ${y - 6}l${way * -8} 6l${way * 8} 6`, class: "arrow" });
  }
  return [
    svg("path", { d: `M${x} ${y}V${plot.bottom}`, class: "stem" }),
    svg("circle", { cx: x, cy: y, r: 5.5, class: "dot ringed" }),
  ];
}

/**
 * Whether the thumb can stand at a rate.
 * @param {Frame} plot
 * @param {number} lr
 */
function onScale({ x, width }, lr) {
  return x(lr) > THUMB - 1 && x(lr) < width - THUMB + 1;
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
  const rate = { lr: written(run.lr), verdict: shadeName(run.verdict.rate) };
  if (!run.limit) return `${rate.lr}, ${rate.verdict}`;
  return text("rateNow", { ...rate, part: percent(run.lr / run.limit) });
}

/**
 * Returns the name of a verdict.
 * @param {string} rate
 */
export function shadeName(rate) {
  return text(rate === "edge" ? "edge" : SHADES[rate]);
}
