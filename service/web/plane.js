/**
 * The walk of a network: its path in a plane, over lines of equal loss. One direction goes from the
 * start to the end, and the other to the step that is farthest from that line, each in its own scale.
 */

import { linear } from "./axis.js";
import { around, named, outside } from "./labels.js";
import { meanSquare, networkOf, row } from "./models.js";
import { counted, written } from "./numbers.js";
import { extent, spread } from "./points.js";
import { between } from "./run.js";
import { svg } from "./svg.js";
import { text } from "./texts.js";

/** @typedef {{ x: number[], y: number[], start: number[], along: number[], across: number[] }} Plane the place of each record, and the start and the unit vectors of the plane */
/** @typedef {{ picture: Picture, run: Run, plane: Plane, x: Axis, y: Axis }} Scene */

/** The part of the path's width that stays free on each side of it. */
const MARGIN = 0.18;
/** The numbers of columns and rows at which the loss is computed, and of the lines of equal loss. */
const COLUMNS = 40;
const ROWS = 30;
const LINES = 12;
/** The maximum number of points that are used for the loss of a place. */
const POINTS = 60;

/**
 * @param {Picture} picture
 * @param {Run} run
 * @param {number} position
 */
export function drawPlane(picture, run, position) {
  const scene = sceneOf(picture, run);
  picture.layer("still", [scene.plane], () => levels(scene));
  picture.layer("moving", [scene.plane, position], () => moving(scene, position));
  picture.describe(
    text("planeSummary", {
      count: counted(scene.plane.start.length),
      step: run.stepAt(position),
      steps: run.steps,
      loss: written(run.lossAt(position)),
    }),
  );
}

/**
 * Returns the pixels of the ball.
 * @param {Picture} picture
 * @param {Run} run
 * @param {number} position
 */
export function planeAt(picture, run, position) {
  return spot(sceneOf(picture, run), position);
}

/**
 * @param {Picture} picture
 * @param {Run} run
 * @returns {Scene}
 */
function sceneOf(picture, run) {
  const { width, height } = picture;
  const plane = picture.once("plane", [run, run.count], () => planeOf(run));
  return { picture, run, plane, x: axis(plane.x, 0, width), y: axis(plane.y, height, 0) };
}

/**
 * Returns an axis with all these values inside of its ends.
 * @param {number[]} values
 * @param {number} from
 * @param {number} to
 */
function axis(values, from, to) {
  const { low, high } = extent(values);
  const free = MARGIN * (high - low || 1);
  return linear(low - free, high + free, from, to);
}

/**
 * @param {Run} run
 * @returns {Plane}
 */
function planeOf(run) {
  const rows = run.records.step.map((_, i) => row(run.paramsAt(i)));
  const [start] = rows;
  const ways = rows.map((each) => each.map((value, k) => value - start[k]));
  const along = unit(ways[ways.length - 1]);
  const x = ways.map((way) => dot(way, along));
  const aside = ways.map((way, i) => way.map((value, k) => value - x[i] * along[k]));
  const across = unit(aside.reduce((most, each) => (dot(each, each) > dot(most, most) ? each : most)));
  return { x, y: aside.map((each) => dot(each, across)), start, along, across };
}

/**
 * @param {number[]} one
 * @param {number[]} other
 */
function dot(one, other) {
  return one.reduce((sum, value, i) => sum + value * other[i], 0);
}

/** @param {number[]} vector */
function unit(vector) {
  const length = Math.sqrt(dot(vector, vector)) || 1;
  return vector.map((value) => value / length);
}

/**
 * Returns the lines of equal loss. From one to the next, the loss changes by the same factor.
 * @param {Scene} scene
 */
function levels({ picture: { width, height }, run, plane, x, y }) {
  const across = Array.from({ length: COLUMNS + 1 }, (_, i) => (i / COLUMNS) * width);
  const down = Array.from({ length: ROWS + 1 }, (_, i) => (i / ROWS) * height);
  const points = { t: spread(run.points.t, POINTS), y: spread(run.points.y, POINTS) };
  const grid = down.map((v) => across.map((u) => heightAt(plane, points, x.invert(u), y.invert(v))));
  const { low, high } = extent(grid.flat());
  return Array.from({ length: LINES }, (_, i) => {
    const level = low + ((i + 0.5) / LINES) * (high - low);
    return svg("path", { d: contour(grid, level, width / COLUMNS, height / ROWS), class: "ring" });
  });
}

/**
 * Returns the logarithm of the loss at a place of the plane.
 * @param {Plane} plane
 * @param {Points} points
 * @param {number} x
 * @param {number} y
 */
function heightAt({ start, along, across }, points, x, y) {
  const network = networkOf(start.map((value, k) => value + x * along[k] + y * across[k]));
  const loss = network ? meanSquare(network, points) : 0;
  return Math.log(Math.min(Math.max(loss, Number.MIN_VALUE), Number.MAX_VALUE));
}

/**
 * Returns the path of a line of equal height through a grid, in pieces: one for each cell that it
 * crosses.
 * @param {number[][]} grid
 * @param {number} level
 * @param {number} wide the width of a cell
 * @param {number} high the height of a cell
 */
function contour(grid, level, wide, high) {
  const parts = [];
  for (let j = 0; j < ROWS; j += 1) {
    for (let i = 0; i < COLUMNS; i += 1) {
      const corners = [
        [i, j],
        [i + 1, j],
        [i + 1, j + 1],
        [i, j + 1],
      ];
      const crossed = corners.flatMap(([x, y], k) => {
        const [nextX, nextY] = corners[(k + 1) % 4];
        const [here, next] = [grid[y][x] - level, grid[nextY][nextX] - level];
        if (here < 0 === next < 0) return [];
        const part = here / (here - next);
        const spot = [(x + part * (nextX - x)) * wide, (y + part * (nextY - y)) * high];
        return [spot.map((pixel) => pixel.toFixed(1)).join(" ")];
      });
      for (let k = 0; k + 1 < crossed.length; k += 2) parts.push(`M${crossed[k]}L${crossed[k + 1]}`);
    }
  }
  return parts.join("");
}

/**
 * Returns the pixels of a position, on the straight line from one record to the next.
 * @param {Scene} scene
 * @param {number} position
 */
function spot({ plane, x, y }, position) {
  return { x: x(between(plane.x, position)), y: y(between(plane.y, position)) };
}

/**
 * @param {Scene} scene
 * @param {number} position
 */
function moving(scene, position) {
  const { run, picture } = scene;
  const last = Math.floor(position);
  const way = Array.from({ length: last + 1 }, (_, i) => spot(scene, i));
  if (position > last) way.push(spot(scene, position));
  const [start, ball] = [way[0], way[way.length - 1]];
  const taken = [
    ...around(
      way.map((each) => each.x),
      way.map((each) => each.y),
      5,
    ),
    ...outside({ left: 0, right: picture.width, top: 0, bottom: picture.height }),
  ];
  return [
    svg("path", { d: straight(way), class: "chord" }),
    svg("circle", { cx: start.x, cy: start.y, r: 6, class: "origin" }),
    position > 0 && named(text("start"), 16, "soft strong halo", spots(start), taken),
    named(text("step", { step: counted(run.stepAt(position)) }), 16, "colour step", spots(ball), taken),
    svg("circle", { cx: ball.x, cy: ball.y, r: 9.5, class: "ball" }),
  ];
}

/**
 * Returns places for a label around a spot.
 * @param {{ x: number, y: number }} spot
 * @returns {Place[]}
 */
function spots({ x, y }) {
  return [
    { x, y: y - 18 },
    { x, y: y + 30 },
    { x: x + 18, y: y + 5, anchor: "start" },
    { x: x - 18, y: y + 5, anchor: "end" },
  ];
}

/**
 * Returns the path through these pixels. It can turn back, so it is not thinned.
 * @param {{ x: number, y: number }[]} way
 */
function straight(way) {
  return `M${way.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`;
}
