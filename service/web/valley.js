/**
 * The chart of the loss from above: rings of equal distance, and the path over them. The steepest
 * direction is vertical, the flattest horizontal.
 */

import { linear } from "./axis.js";
import { wrapped } from "./labels.js";
import { percent } from "./numbers.js";
import { label, path, svg } from "./svg.js";
import { text } from "./texts.js";

/**
 * @import { Axis } from "./axis.js"
 * @import { Mode, Run } from "./run.js"
 * @import { Picture } from "./svg.js"
 */

/** The distance from the middle to the edge of the picture, in start distances. */
const VIEW = 1.25;
/** The maximum ratio of a ring's width to its height. */
const WIDEST = 2.6;
const RINGS = [1, 1 / 2, 1 / 4, 1 / 8, 1 / 16];
/** The maximum number of steps of the path, and of those with a dot. */
const STEPS = 600;
const DOTS = 80;

/**
 * @param {Picture} picture
 * @param {Run} run
 * @param {number} position
 */
export function drawValley(picture, run, position) {
  const { steepest, flattest } = run;
  if (!steepest || !flattest) {
    const name = run.hasModes ? (steepest ? "valleyOne" : "valleyRest") : "valleyNone";
    picture.layer("still", [run], () => sentence(picture, text(name)));
    for (const layer of ["moving", "names"]) picture.layer(layer, [run], () => null);
    picture.describe(text(name).replace("\n", " "));
    return;
  }
  const high = picture.height / 2 / VIEW;
  const wide = Math.min(picture.width / 2 / VIEW, WIDEST * high);
  const x = linear(-1, 1, picture.width / 2 - wide, picture.width / 2 + wide);
  const y = linear(-1, 1, picture.height / 2 + high, picture.height / 2 - high);
  picture.layer("still", [run.points], () => still(x, y, wide, high));
  picture.layer("moving", [run, position, run.count], () => moving({ x, y, run, steepest, flattest }, position));
  picture.layer("names", [run, position, run.count], () => [
    label(text("bestFit"), { x: x(0) + 10, y: y(0) + 18, class: "soft halo" }),
    way(picture, run, flattest, position),
  ]);
  picture.describe(
    text("valleySummary", {
      step: run.stepAt(position),
      steep: percent(Math.abs(run.distance(steepest, Math.floor(position)))),
      flat: percent(Math.abs(run.distance(flattest, Math.floor(position)))),
    }),
  );
}

/**
 * Returns the lines of a sentence in the middle of the picture.
 * @param {Picture} picture
 * @param {string} content
 */
function sentence({ width, height }, content) {
  return wrapped(content, 13, width - 12).map((line, i) =>
    label(line, { x: width / 2, y: height / 2 + 22 * i, class: "soft middle" }),
  );
}

/**
 * @param {(value: number) => number} x
 * @param {(value: number) => number} y
 * @param {number} wide
 * @param {number} high
 */
function still(x, y, wide, high) {
  const rings = RINGS.map((ring) =>
    svg("ellipse", { cx: x(0), cy: y(0), rx: Math.SQRT2 * ring * wide, ry: Math.SQRT2 * ring * high, class: "ring" }),
  );
  return [rings, svg("path", { d: `M${x(0) - 6} ${y(0)}h12M${x(0)} ${y(0) - 6}v12`, class: "cross" })];
}

/**
 * @param {{ x: Axis, y: Axis, run: Run, steepest: Mode, flattest: Mode }} scene
 * @param {number} position
 */
function moving({ x, y, run, steepest, flattest }, position) {
  const last = Math.floor(position);
  const from = Math.max(0, last - STEPS);
  const positions = Array.from({ length: last - from + 1 }, (_, i) => from + i);
  if (position > last) positions.push(position);
  const across = positions.map((each) => x(-run.distance(flattest, each)));
  const up = positions.map((each) => y(run.distance(steepest, each)));
  const start = { x: x(-1), y: y(1) };
  return [
    svg("path", { d: path(across, up), class: "chord" }),
    positions.length <= DOTS &&
      positions.slice(1, -1).map((_, i) => svg("circle", { cx: across[i + 1], cy: up[i + 1], r: 3.2, class: "dot" })),
    svg("circle", { cx: start.x, cy: start.y, r: 5, class: "origin" }),
    label(text("start"), { x: start.x + 9, y: Math.max(12, start.y - 6), class: "soft strong halo" }),
    svg("circle", { cx: across[across.length - 1], cy: up[up.length - 1], r: 7.5, class: "ball" }),
  ];
}

/**
 * Returns how far the run has come in the flattest direction, if that keeps the loss high.
 * @param {Picture} picture
 * @param {Run} run
 * @param {Mode} flattest
 * @param {number} position
 */
function way({ width, height }, run, flattest, position) {
  if (run.holder(position) !== flattest) return null;
  const part = percent(run.progress(flattest, position));
  return wrapped(text("flat", { part }), 13, width - 12)
    .reverse()
    .map((line, i) => label(line, { x: width - 6, y: height - 8 - 17 * i, class: "ink strong halo end" }));
}
