/**
 * The chart of the points, with the curves of the start, the selected step and the steps before it,
 * and the best fit.
 */

import { linear } from "./axis.js";
import { say } from "./elements.js";
import { around as boxes, measured, named, outside } from "./labels.js";
import { described, value } from "./models.js";
import { counted, shortest } from "./numbers.js";
import { extent, spread } from "./points.js";
import { label, path, svg } from "./svg.js";
import { text } from "./texts.js";

/** The number of earlier curves that are drawn. They fade. */
const TAIL = 12;
/** The number of lines of which a curve is drawn. */
const LINES = 71;
/** The number of boxes along a curve. */
const BOXES = 100;
/** A formula with more letters has no room next to its title. It is in the numbers, too. */
const LONG_FORMULA = 28;
/** The number of records in which a run that diverges leaves the plot. */
const LEAVING = 60;
/** Where a label has no room next to a curve, it is this many pixels farther away. */
const FARTHER = 14;
/** With more points than this, each is a small dot. */
const MANY = 120;

/**
 * Returns the axes and the edges of the plot.
 * @param {Picture} picture
 * @param {Points} points
 * @returns {CurveFrame}
 */
export function frame(picture, points) {
  const [right, top, bottom] = [picture.width - 6, 4, picture.height - 26];
  const t = extent(points.t);
  const y = extent(points.y);
  const wide = t.high - t.low || 1;
  const high = y.high - y.low || Math.abs(y.high) || 1;
  const height = linear(y.low - 1.25 * high, y.high + 0.3 * high, bottom, top);
  const rows = height.ticks(bottom - top > 250 ? 7 : 4);
  const left = Math.max(44, ...rows.map((tick) => measured(shortest(tick), 13) + 10));
  return {
    x: linear(t.low - 0.03 * wide, t.high + 0.03 * wide, left, right),
    y: height,
    rows,
    left,
    right,
    top,
    bottom,
  };
}

/**
 * @param {Picture} picture
 * @param {Run} run
 * @param {number} position
 * @param {{ names: [string, string], chosen: number, held: CurveFrame | null }} view names of t and y, the point being edited or -1, and the frame that stays
 */
export function drawCurve(picture, run, position, { names, chosen, held }) {
  const plot = held ?? frame(picture, run.points);
  const { dots, named, taken } = picture.once("around", [run, held, ...names], () => around(plot, run, names));
  picture.layer("still", [run.points, run.optimum, held], () => still(plot, run));
  const shown = visible(plot, run, position);
  picture.layer("moving", [run, shown, run.count, held], () => moving(plot, run, shown));
  picture.layer("points", [run.points, chosen, held], () => drawDots(dots.x, dots.y, chosen));
  picture.layer("names", [named], () => named);
  picture.layer("now", [run, position, run.count, held], () => stepLabel(plot, run, position, shown, taken));
  const drawn = described(run.paramsAt(Math.floor(shown)));
  say("formula", drawn.length > LONG_FORMULA ? "" : drawn);
  const formula = described(run.paramsAt(Math.floor(position)));
  const summary = text("curveSummary", { count: run.points.t.length, formula, step: run.stepAt(position) });
  const best = run.optimum ? text("bestIs", { best: described(run.optimum.params) }) : text("bestUnknown");
  picture.describe(`${summary} ${best}`);
}

/**
 * Returns the pixels of the points, their labels, and the boxes that the label of the step must not
 * cross.
 * @param {CurveFrame} plot
 * @param {Run} run
 * @param {[string, string]} names
 */
function around(plot, run, names) {
  const dots = { x: run.points.t.map(plot.x), y: run.points.y.map(plot.y) };
  const crowd = dots.x.length > MANY ? [] : boxes(dots.x, dots.y, 7);
  const best = run.optimum ? along(plot, run.optimum.params) : [];
  const ends = [0, run.last].flatMap((position) => along(plot, run.paramsAt(position)));
  const taken = [...crowd, ...best, ...ends, ...outside(plot)];
  return { dots, named: legends(plot, run, names, taken), taken };
}

/**
 * @param {CurveFrame} plot
 * @param {Run} run
 */
function still(plot, run) {
  const { x, y, rows, left, right, top, bottom } = plot;
  const wide = right - left > 320;
  const vertical = x.ticks(wide ? 6 : 4);
  const clip = svg(
    "clipPath",
    { id: "plot" },
    svg("rect", { x: left, y: top, width: right - left, height: bottom - top }),
  );
  return [
    svg("defs", {}, clip),
    svg("path", {
      d:
        vertical.map((tick) => `M${x(tick)} ${top}V${bottom}`).join("") +
        rows.map((tick) => `M${left} ${y(tick)}H${right}`).join(""),
      class: "grid",
    }),
    vertical.map((tick) => {
      const name = shortest(tick);
      const last = right + 4 - measured(name, 13) / 2; // beyond, it would be cut off
      return label(name, { x: Math.min(x(tick), last), y: bottom + 18, class: "soft middle" });
    }),
    rows.map((tick) => label(shortest(tick), { x: left - 8, y: y(tick) + 4.5, class: "soft end" })),
    run.optimum && svg("path", { d: traced(plot, run.optimum.params), class: "best", "clip-path": "url(#plot)" }),
  ];
}

/**
 * @param {CurveFrame} plot
 * @param {Run} run
 * @param {number} shown the position of the curve
 */
function moving(plot, run, shown) {
  const last = Math.ceil(shown) - 1;
  const before = [];
  for (let i = Math.max(1, last - TAIL + 1); i <= last; i += 1) {
    before.push(
      svg("path", { d: traced(plot, run.paramsAt(i)), class: "earlier", opacity: 0.6 * Math.exp(-(last - i) / 5) }),
    );
  }
  return svg(
    "g",
    { "clip-path": "url(#plot)" },
    svg("path", { d: traced(plot, run.paramsAt(0)), class: "earlier", opacity: 0.45 }),
    ...before,
    svg("path", { d: traced(plot, run.paramsAt(shown)), class: "current" }),
  );
}

/**
 * Returns the label of the step, which lies above the points where there is no other room.
 * @param {CurveFrame} plot
 * @param {Run} run
 * @param {number} position
 * @param {number} shown the position of the curve
 * @param {Box[]} taken
 */
function stepLabel(plot, run, position, shown, taken) {
  const now = run.paramsAt(shown);
  const line = along(plot, now);
  const near = [...nextTo(plot, now), ...nextTo(plot, now, FARTHER), ...nextToSteep(plot, line)];
  const part = shown < position ? "curveGone" : near.length > 0 ? "step" : "curveOutside";
  /** @type {Place} */
  const corner = { x: plot.left + 8, y: plot.top + 34, anchor: "start" };
  const name = text(part, { step: counted(run.stepAt(shown)) });
  return named(name, 15, "colour step small", [...near, corner], [...taken, ...line]);
}

/**
 * Returns the position. For a run that diverges, which soon leaves the plot, returns the last one
 * before it at which the curve crosses the plot, if that is among the first records.
 * @param {CurveFrame} plot
 * @param {Run} run
 * @param {number} position
 */
function visible(plot, run, position) {
  const crosses = (/** @type {number} */ each) => nextTo(plot, run.paramsAt(each)).length > 0;
  if (run.verdict.rate !== "diverging" || crosses(position)) return position;
  for (let i = Math.min(Math.floor(position), LEAVING); i > 0; i -= 1) if (crosses(i)) return i;
  return 0;
}

/**
 * @param {number[]} x
 * @param {number[]} y
 * @param {number} chosen
 */
function drawDots(x, y, chosen) {
  if (x.length > MANY) {
    const seen = new Set();
    const apart = x
      .map((each, i) => `M${Math.round(each)} ${Math.round(y[i])}h0`)
      .filter((spot) => !seen.has(spot) && seen.add(spot));
    return svg("path", { d: apart.join(""), class: "crowd" });
  }
  return [
    x.map((each, i) => svg("circle", { cx: each, cy: y[i], r: 4.4, class: "point" })),
    chosen >= 0 && chosen < x.length && svg("circle", { cx: x[chosen], cy: y[chosen], r: 10, class: "chosen" }),
  ];
}

/**
 * Returns the labels of the axes, the points, the best fit and the start.
 * @param {CurveFrame} plot
 * @param {Run} run
 * @param {[string, string]} names
 * @param {Box[]} taken
 */
function legends(plot, run, names, taken) {
  const middle = (plot.left + plot.right) / 2;
  const nearer = (/** @type {Place} */ one, /** @type {Place} */ other) =>
    Math.abs(one.x - middle) - Math.abs(other.x - middle);
  const some = spread(
    run.points.t.map((t, i) => ({ x: plot.x(t), y: plot.y(run.points.y[i]) })),
    10,
  );
  /** @type {Place[]} */
  const near = some.flatMap(({ x, y }) => [
    { x: x + 12, y: y - 6, anchor: "start" },
    { x: x - 12, y: y - 8, anchor: "end" },
    { x, y: y - 14 },
  ]);
  const best = (/** @type {Params} */ params) =>
    [0, FARTHER].flatMap((farther) => nextTo(plot, params, farther).sort(nearer));
  return [
    named(
      names[1],
      13,
      "soft",
      [4, 30, 60].map((right) => ({ x: plot.left + right, y: plot.top + 12, anchor: "start" })),
      taken,
    ),
    named(names[0], 13, "soft", [{ x: plot.right - 2, y: plot.bottom - 7, anchor: "end" }], taken),
    named(text("measured"), 14, "ink strong", near.reverse(), taken),
    run.optimum && named(text("bestCurve"), 14, "soft", best(run.optimum.params), taken),
    named(text("start"), 14, "soft", nextTo(plot, run.paramsAt(0)).reverse(), taken),
  ];
}

/**
 * Returns places for a label next to a curve, inside the plot.
 * @param {CurveFrame} plot
 * @param {Params} params
 * @param {number} farther how many pixels farther from it than necessary
 * @returns {Place[]}
 */
function nextTo(plot, params, farther = 0) {
  const at = Array.from({ length: 25 }, (_, i) =>
    plot.x.invert(plot.left + ((i + 0.5) / 25) * (plot.right - plot.left)),
  );
  const inside = at
    .map((t) => ({ x: plot.x(t), y: plot.y(value(params, t)) }))
    .filter(({ y }) => y > plot.top + 6 && y < plot.bottom - 6);
  return inside.flatMap(({ x, y }) => [
    { x, y: y - 12 - farther },
    { x, y: y + 24 + farther },
    { x: x + 10 + farther, y: y + 4, anchor: "start" },
    { x: x - 10 - farther, y: y + 4, anchor: "end" },
  ]);
}

/**
 * Returns places for a label next to the steep pieces of a curve.
 * @param {CurveFrame} plot
 * @param {Box[]} line the boxes along the curve
 * @returns {Place[]}
 */
function nextToSteep({ top, bottom }, line) {
  return line
    .filter((box) => box.top < top && box.bottom > bottom)
    .flatMap((box) =>
      [0.85, 0.65, 0.15].flatMap((part) => [
        { x: box.right + 8, y: top + part * (bottom - top), anchor: "start" },
        { x: box.left - 8, y: top + part * (bottom - top), anchor: "end" },
      ]),
    );
}

/**
 * Returns boxes along a curve: one for each piece, also if it is steep.
 * @param {CurveFrame} plot
 * @param {Params} params
 */
function along(plot, params) {
  const { x, y } = pixels(plot, params, BOXES);
  return y.slice(1).map((height, i) => ({
    left: x[i],
    right: x[i + 1],
    top: Math.min(height, y[i]) - 2.5,
    bottom: Math.max(height, y[i]) + 2.5,
  }));
}

/**
 * Returns the path of a curve.
 * @param {CurveFrame} plot
 * @param {Params} params
 */
export function traced(plot, params) {
  const { x, y } = pixels(plot, params, LINES);
  return path(x, y);
}

/**
 * Returns the pixels of the ends of the pieces of a curve, which are equally wide.
 * @param {CurveFrame} plot
 * @param {Params} params
 * @param {number} pieces
 */
function pixels({ x, y, left, right }, params, pieces) {
  const across = Array.from({ length: pieces + 1 }, (_, i) => left + (i / pieces) * (right - left));
  return { x: across, y: across.map((pixel) => y(value(params, x.invert(pixel)))) };
}
