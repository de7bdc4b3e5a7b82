/**
 * The chart of the loss from above: rings of equal distance, and the path over them. The steepest
 * direction is vertical, the flattest horizontal.
 */

import { linear } from "./axis.js";
import { around, named, outside, wrapped } from "./labels.js";
import { percent, percentFrom } from "./numbers.js";
import { label, path, svg } from "./svg.js";
import { text } from "./texts.js";
import { hasGaps, isFar, trail } from "./trail.js";
import { LEAST } from "./way.js";

/** @typedef {{ x: Axis, y: Axis, wide: number, high: number }} Scene its axes, and the pixels of a start distance */

/** The distance from the middle to the edge of the picture, in start distances. */
const VIEW = 1.25;
/**
 * The maximum ratio of a ring's width to its height. The rings of the lecture's points with t rescaled
 * have a ratio of 2.8, and as they are of 467, which would be a line.
 */
const WIDEST = 6;
const RINGS = [1, 1 / 2, 1 / 4, 1 / 8, 1 / 16];
/** The maximum number of steps with a dot. */
const DOTS = 80;
/** The opacity of a path between steps that are not neighbours. */
const FAINT = 0.4;

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
  const scene = sceneOf(picture, steepest, flattest);
  const modes = [flattest, steepest];
  const way = picture.once("way", [run, run.count], () => trail(run, modes));
  picture.layer("still", [run], () => still(scene));
  picture.layer("moving", [run, position, run.count], () => moving(scene, run, modes, way, position));
  picture.layer("names", [run, position, run.count], () => [
    picture.once("middle", [run, run.count], () => middle(picture, scene, way)),
    wayLeft(picture, run, flattest, position),
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
 * Returns the axes, so that the ratio of the rings is the root of the ratio of the curvatures.
 * @param {Picture} picture
 * @param {Mode} steepest
 * @param {Mode} flattest
 * @returns {Scene}
 */
function sceneOf({ width, height }, steepest, flattest) {
  const ratio = Math.min(WIDEST, Math.sqrt(steepest.eigenvalue / flattest.eigenvalue));
  const high = Math.min(height, width / ratio) / 2 / VIEW;
  const wide = ratio * high;
  return {
    x: linear(-1, 1, width / 2 - wide, width / 2 + wide),
    y: linear(-1, 1, height / 2 + high, height / 2 - high),
    wide,
    high,
  };
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

/** @param {Scene} scene */
function still({ x, y, wide, high }) {
  const rings = RINGS.map((ring) =>
    svg("ellipse", { cx: x(0), cy: y(0), rx: Math.SQRT2 * ring * wide, ry: Math.SQRT2 * ring * high, class: "ring" }),
  );
  return [rings, svg("path", { d: `M${x(0) - 6} ${y(0)}h12M${x(0)} ${y(0) - 6}v12`, class: "cross" })];
}

/**
 * @param {Scene} scene
 * @param {Run} run
 * @param {Mode[]} modes the flattest and the steepest one
 * @param {Waypoint[]} way
 * @param {number} position
 */
function moving({ x, y }, run, modes, way, position) {
  const made = way.filter(({ step }) => step <= run.stepAt(position));
  const here = modes.map((mode) => run.distance(mode, position));
  const there = [...made.map(({ distances }) => distances), ...(isFar(here) ? [] : [here])];
  const across = there.map(([flat]) => x(-flat));
  const up = there.map(([, steep]) => y(steep));
  const start = { x: x(-1), y: y(1) };
  return [
    svg("path", { d: path(across, up), class: "chord", opacity: hasGaps(run, modes) ? FAINT : 1 }),
    made.length <= DOTS &&
      made.slice(1).map((_, i) => svg("circle", { cx: across[i + 1], cy: up[i + 1], r: 3.2, class: "dot" })),
    svg("circle", { cx: start.x, cy: start.y, r: 5, class: "origin" }),
    label(text("start"), { x: start.x + 9, y: Math.max(12, start.y - 6), class: "soft strong halo" }),
    svg("circle", { cx: x(-here[0]), cy: y(here[1]), r: 7.5, class: "ball" }),
  ];
}

/**
 * Returns the label of the best fit, where the way is not.
 * @param {Picture} picture
 * @param {Scene} scene
 * @param {Waypoint[]} way
 */
function middle({ width, height }, { x, y }, way) {
  const [across, up] = [way.map(({ distances }) => x(-distances[0])), way.map(({ distances }) => y(distances[1]))];
  const halves = (/** @type {number[]} */ all) => all.map((each, i) => (each + all[Math.max(0, i - 1)]) / 2);
  const taken = [
    ...around(across, up, 6),
    ...around(halves(across), halves(up), 6),
    ...outside({ left: 0, right: width, top: 0, bottom: height - 24 }),
  ];
  /** @type {Place[]} */
  const places = [18, -10, 32, -24].flatMap((dy) => [
    { x: x(0) + 10, y: y(0) + dy, anchor: "start" },
    { x: x(0) - 10, y: y(0) + dy, anchor: "end" },
  ]);
  return named(text("bestFit"), 13, "soft halo", places, taken);
}

/**
 * Returns how far the run has come in the flattest direction, if that keeps the loss high and no bar
 * below the picture says so.
 * @param {Picture} picture
 * @param {Run} run
 * @param {Mode} flattest
 * @param {number} position
 */
function wayLeft({ width, height }, run, flattest, position) {
  if (run.foreseen || run.holder(position) !== flattest) return null;
  const part = percentFrom(LEAST, run.progress(flattest, position));
  return wrapped(text("flat", { part }), 13, width - 12)
    .reverse()
    .map((line, i) => label(line, { x: width - 6, y: height - 8 - 17 * i, class: "ink strong halo end" }));
}
