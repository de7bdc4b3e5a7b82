/**
 * The chart of the walk along the steepest direction. In units of the start distance z, every walk
 * starts at -1, and the loss in this direction is z². The walk of a network is in `plane.js`.
 */

import { linear } from "./axis.js";
import { named, outside } from "./labels.js";
import { counted, percent, written } from "./numbers.js";
import { drawPlane, planeAt } from "./plane.js";
import { label, path, svg } from "./svg.js";
import { text } from "./texts.js";
import { hasGaps, leaving, trail } from "./trail.js";

/**
 * The distance from the middle to each side, in start distances. `WIDE_VIEW` is for runs that
 * diverge: their path is above the start, so the labels are below it and outside the bowl.
 */
const VIEW = 1.13;
const WIDE_VIEW = 1.9;
/** A walk that goes farther than this before it comes back does not fit into the picture. */
const FARTHEST = 12;
/** The maximum number of dots. More would overlap. */
const DOTS = 150;
/** The maximum number of chords. */
const CHORDS = 80;
/** The least opacity of a chord: those that cross the valley stay visible. */
const FAINT = 0.18;
const CROSSING = 0.45;
/** A label with more letters is below the ball at the bottom: above it, the bowl would cross it. */
const LONG = 9;
/** The length in pixels from which the next step has an arrow. */
const LONG_STEP = 46;
/** Closer to the start than this, in pixels, the label of the step would cover that of the start. */
const COVERED = 20;

/**
 * @param {Picture} picture
 * @param {Run} run
 * @param {number} position
 */
export function drawWalk(picture, run, position) {
  if (!run.hasModes) {
    drawPlane(picture, run, position);
    return;
  }
  const scene = sceneOf(picture, run);
  picture.layer("still", [scene.view], () => still(scene));
  picture.layer("moving", [run, position, run.count], () =>
    run.steepest ? moving(scene, run.steepest, position) : atRest(scene),
  );
  picture.describe(summary(run, position));
}

/**
 * Returns the pixels of the ball.
 * @param {Picture} picture
 * @param {Run} run
 * @param {number} position
 */
export function ballAt(picture, run, position) {
  if (!run.hasModes) return planeAt(picture, run, position);
  const scene = sceneOf(picture, run);
  return run.steepest ? spot(scene, run.steepest, position) : { x: scene.x(0), y: scene.y(0) };
}

/**
 * @param {Picture} picture
 * @param {Run} run
 * @returns {Scene}
 */
function sceneOf(picture, run) {
  const view = picture.once("view", [run, run.count], () => viewOf(run));
  const ground = picture.height - (picture.height > 300 ? 64 : 50);
  const x = linear(-view, view, 0, picture.width);
  const y = linear(0, view ** 2, ground, 4);
  return { picture, run, x, y, ground, view };
}

/** @typedef {{ picture: Picture, run: Run, x: Axis, y: Axis, ground: number, view: number }} Scene */

/**
 * Returns the distance from the middle to each side.
 * @param {Run} run
 */
function viewOf(run) {
  const { steepest } = run;
  if (!steepest) return VIEW;
  if (steepest.multiplier !== null) return Math.abs(steepest.multiplier) > 1 ? WIDE_VIEW : VIEW;
  const reach = run.records.step.reduce((most, _, i) => Math.max(most, Math.abs(run.distanceAt(steepest, i))), 0);
  if (reach <= VIEW) return VIEW;
  return reach < FARTHEST ? 1.1 * reach : WIDE_VIEW;
}

/** @param {Scene} scene */
function still({ picture, x, y, ground, view }) {
  const { width, height } = picture;
  const bowl = parabola(x, y, view);
  return [
    svg("defs", {}, fade()),
    svg("path", { d: `${bowl}V${height}H0Z`, fill: "url(#ground)" }),
    svg("path", { d: bowl, class: "bowl" }),
    svg("path", { d: `M${width / 2} 24V${ground}`, class: "guide" }),
    view >= WIDE_VIEW
      ? label(text("bestFit"), { x: width / 2 + 8, y: y(1) + 22, class: "soft halo" })
      : label(text("bestFit"), { x: width / 2, y: 14, class: "soft halo middle" }),
  ];
}

function fade() {
  const stops = [
    [0, 0],
    [0.5, 1],
    [0.8, 0.9],
    [1, 0],
  ].map(([offset, opacity]) => svg("stop", { offset, class: "ground", "stop-opacity": opacity }));
  return svg("linearGradient", { id: "ground", x1: 0, y1: 0, x2: 0, y2: 1 }, ...stops);
}

/**
 * @param {(value: number) => number} x
 * @param {(value: number) => number} y
 * @param {number} reach
 */
function parabola(x, y, reach) {
  const at = Array.from({ length: 81 }, (_, i) => reach * (i / 40 - 1));
  return path(
    at.map(x),
    at.map((each) => y(each ** 2)),
  );
}

/**
 * Returns the pixels of a position of the run: on the bowl at a step, and on a chord between two
 * steps.
 * @param {Scene} scene
 * @param {Mode} mode
 * @param {number} position
 */
function spot({ run, x, y }, mode, position) {
  const here = run.distance(mode, Math.floor(position));
  const next = run.distance(mode, Math.min(Math.floor(position) + 1, run.last));
  const height = here ** 2 + (position % 1) * (next ** 2 - here ** 2);
  return { x: x(-run.distance(mode, position)), y: y(height) };
}

/**
 * @param {Scene} scene
 * @param {Mode} mode
 * @param {number} position
 */
function moving(scene, mode, position) {
  const { run, view } = scene;
  const ball = spot(scene, mode, position);
  const out = Math.abs(run.distance(mode, position)) > view;
  const end = out ? leaving(run, mode, view) : run.stepAt(position);
  return [
    chords(scene, mode, end, out ? null : ball),
    origin(scene, mode, ball),
    !out && arrow(scene, mode, position),
    out ? gone(scene, end) : stepLabel(scene, ball, end),
    !out && svg("circle", { cx: ball.x, cy: ball.y, r: 9.5, class: "ball" }),
  ];
}

/** @param {Scene} scene */
function atRest({ x, y }) {
  return svg("circle", { cx: x(0), cy: y(0), r: 9.5, class: "ball" });
}

/**
 * Returns the way up to a step and from there to the ball, if it is in the picture: chords that fade,
 * and a dot for each step.
 * @param {Scene} scene
 * @param {Mode} mode
 * @param {number} end
 * @param {{ x: number, y: number } | null} ball
 */
function chords({ picture, run, x, y }, mode, end, ball) {
  const way = picture.once("way", [run, run.count], () => trail(run, [mode])).filter(({ step }) => step <= end);
  const lines = [];
  const dots = [];
  const faint = (mode.multiplier ?? -1) < 0 ? CROSSING : FAINT;
  const joined = !hasGaps(run, [mode]);
  let before = ball;
  for (let i = way.length - 1; i >= 0 && dots.length < DOTS; i -= 1) {
    const { step, distances } = way[i];
    const here = { x: x(-distances[0]), y: y(distances[0] ** 2) };
    before ??= here;
    if (Math.hypot(here.x - before.x, here.y - before.y) < 1.5) continue;
    const age = Math.exp((step - end) / 7);
    if (joined && lines.length < CHORDS)
      lines.push(
        svg("path", {
          d: path([here.x, before.x], [here.y, before.y]),
          class: "chord",
          opacity: Math.max(faint, 0.9 * age),
        }),
      );
    if (i > 0) dots.push(svg("circle", { cx: here.x, cy: here.y, r: 4.5, class: "dot", opacity: Math.max(0.5, age) }));
    before = here;
  }
  return [lines, dots];
}

/**
 * Returns the start with its label, unless the ball covers it.
 * @param {Scene} scene
 * @param {Mode} mode
 * @param {{ x: number, y: number }} ball
 */
function origin(scene, mode, ball) {
  const start = spot(scene, mode, 0);
  const covered = Math.hypot(ball.x - start.x, ball.y - start.y) < COVERED;
  const away = scene.picture.width > 500 ? 16 : 12;
  const place =
    scene.view >= WIDE_VIEW
      ? { x: start.x - away, y: start.y + 5, class: "soft strong halo end" }
      : { x: start.x + away, y: start.y - 6, class: "soft strong halo" };
  return [svg("circle", { cx: start.x, cy: start.y, r: 6, class: "origin" }), !covered && label(text("start"), place)];
}

/**
 * Returns an arrow along the next step, if the step is long enough.
 * @param {Scene} scene
 * @param {Mode} mode
 * @param {number} position
 */
function arrow(scene, mode, position) {
  const { run, ground, picture } = scene;
  const { kind, momentum } = run.optimizer;
  const i = Math.floor(position);
  if (kind !== "sgd" || i >= run.last || run.records.step[i + 1] !== run.records.step[i] + 1) return null;
  const from = spot(scene, mode, i);
  const to = spot(scene, mode, i + 1);
  const length = to.x - from.x;
  if (Math.abs(length) < LONG_STEP || to.x < 0 || to.x > picture.width) return null;
  const y = ground + 24;
  const tip = 9 * Math.sign(length);
  const middle = Math.min(picture.width - 90, Math.max(90, (from.x + to.x) / 2));
  return [
    svg("path", { d: `M${from.x} ${from.y}V${y}M${to.x} ${to.y}V${y}`, class: "drop" }),
    svg("path", { d: `M${from.x} ${y}H${to.x - tip}`, class: "arrow" }),
    svg("path", { d: `M${to.x} ${y}l${-tip} -5v10Z`, class: "tip" }),
    label(text(momentum ? "arrowVelocity" : "arrow"), { x: middle, y: y + 19, class: "colour strong middle" }),
  ];
}

/**
 * Returns the label of the step, outside the bowl.
 * @param {Scene} scene
 * @param {{ x: number, y: number }} ball
 * @param {number} step
 */
function stepLabel({ picture, ground }, ball, step) {
  const content = text("step", { step: counted(step) });
  const side = ball.x < picture.width / 2 ? -1 : 1;
  const steep = ground - ball.y > 40;
  /** @type {Place[]} */
  const sides = [
    { x: ball.x + side * 18, y: ball.y + 16, anchor: side < 0 ? "end" : "start" },
    { x: ball.x - side * 18, y: ball.y - 10, anchor: side < 0 ? "start" : "end" },
  ];
  const edges = outside({ left: 2, right: picture.width - 2, top: -99, bottom: 9999 });
  const flat = { x: ball.x, y: ball.y + (content.length > LONG ? 32 : -18) };
  return named(content, 16, "colour step", steep ? sides : [flat], edges);
}

/**
 * @param {Scene} scene
 * @param {number} step
 */
function gone({ picture, ground }, step) {
  return label(text("gone", { step: counted(step) }), {
    x: picture.width / 2,
    y: ground + 40,
    class: "colour step middle",
  });
}

/**
 * @param {Run} run
 * @param {number} position
 */
function summary(run, position) {
  const { steepest: mode } = run;
  if (!mode) return text("valleyRest");
  const part = percent(Math.abs(run.distance(mode, Math.floor(position))));
  const place = text("walkSummary", { step: run.stepAt(position), steps: run.steps, part });
  const { multiplier } = mode;
  if (multiplier === null) return place;
  const sides = Math.abs(multiplier) > 1 ? "grows" : multiplier < 0 ? "changesSides" : "sameSide";
  return `${place} ${text(sides, { multiplier: written(multiplier) })}`;
}
