/**
 * The moving picture of a run: an SVG in which the ball and the curve go through the steps again
 * and again, without a script. Where nothing moves, it shows the end of the run.
 */

import { frame, traced } from "./curve.js";
import { line, sheet, styled } from "./export.js";
import { evenly, spread } from "./points.js";
import { svg } from "./svg.js";
import { text } from "./texts.js";
import { ballAt } from "./walk.js";

/** @typedef {(attribute: string, values: (string | number)[], mode?: "linear" | "discrete") => Element} Animate */

/** The maximum number of records that are shown, which keeps the file below 200 kB. */
const STEPS = 41;
/** The maximum number of points of a crowd. */
const CROWD = 2000;
/** How long the end of the run stays. */
const END_MS = 1500;

/**
 * Returns the file. Both pictures have to show the start of the run.
 * @param {{ walk: Picture, curve: Picture }} pictures
 * @param {Run} run
 * @param {(position: number) => number} lengthOf the milliseconds from a record to the next
 * @param {(position: number) => string} captionAt
 */
export function movingPicture({ walk, curve }, run, lengthOf, captionAt) {
  const positions = evenly(run.count, STEPS);
  const animate = animation(positions, lengthOf);
  const captions = positions.map((position) => captionAt(position).split("\n"));
  const head = [
    [line(text("title"), 0)],
    [line(captions[0][0], 1)],
    captions.map(([, step], i) => {
      const shown = positions.map((_, k) => (k === i ? "visible" : "hidden"));
      const made = line(step, 2);
      made.setAttribute("visibility", shown[shown.length - 1]);
      made.append(animate("visibility", shown, "discrete"));
      return made;
    }),
  ];
  return sheet([movingWalk(walk, run, positions, animate), movingCurve(curve, run, positions, animate)], head);
}

/**
 * Returns a function that animates an attribute through a value for each position, at the pace of
 * the player.
 * @param {number[]} positions
 * @param {(position: number) => number} lengthOf
 * @returns {Animate}
 */
function animation(positions, lengthOf) {
  const times = [0];
  for (let i = 0; i < positions[positions.length - 1]; i += 1) times.push(times[i] + lengthOf(i));
  const whole = times[times.length - 1] + END_MS;
  const keyTimes = [...positions.map((position) => (times[position] / whole).toFixed(4)), 1].join(";");
  return (attributeName, values, calcMode = "linear") =>
    svg("animate", {
      attributeName,
      values: [...values, values[values.length - 1]].join(";"),
      keyTimes,
      calcMode,
      dur: `${Math.round(whole)}ms`,
      repeatCount: "indefinite",
    });
}

/**
 * Returns the walk with a ball that moves and draws its path.
 * @param {Picture} picture
 * @param {Run} run
 * @param {number[]} positions
 * @param {Animate} animate
 */
function movingWalk(picture, run, positions, animate) {
  const copy = styled(picture.element);
  for (const each of copy.querySelectorAll(".moving > :not(.ball, .origin)")) each.remove();
  const ball = /** @type {Element} */ (copy.querySelector(".ball"));
  const spots = positions.map((position) => ballAt(picture, run, position));
  const x = spots.map((spot) => pixel(spot.x));
  const y = spots.map((spot) => pixel(spot.y));
  const lengths = [0];
  for (let i = 1; i < x.length; i += 1) lengths.push(lengths[i - 1] + Math.hypot(x[i] - x[i - 1], y[i] - y[i - 1]));
  const whole = Math.ceil(lengths[lengths.length - 1]);
  const way = svg("path", {
    d: `M${x.map((each, i) => `${each} ${y[i]}`).join("L")}`,
    fill: "none",
    stroke: ball.getAttribute("fill") ?? "",
    "stroke-width": 1.8,
    "stroke-dasharray": String(whole),
    opacity: 0.5,
  });
  way.append(
    animate(
      "stroke-dashoffset",
      lengths.map((length) => pixel(whole - length)),
    ),
  );
  ball.before(way);
  ball.setAttribute("cx", String(x[x.length - 1]));
  ball.setAttribute("cy", String(y[y.length - 1]));
  ball.append(animate("cx", x), animate("cy", y));
  return copy;
}

/**
 * Returns the picture of the curve with a curve that moves.
 * @param {Picture} picture
 * @param {Run} run
 * @param {number[]} positions
 * @param {Animate} animate
 */
function movingCurve(picture, run, positions, animate) {
  const copy = styled(picture.element);
  copy.querySelector(".now")?.remove();
  const plot = frame(picture, run.points);
  const paths = positions.map((position) => traced(plot, run.paramsAt(position)));
  const curve = /** @type {Element} */ (copy.querySelector(".current"));
  curve.setAttribute("d", paths[paths.length - 1]);
  curve.append(animate("d", paths));
  const crowd = copy.querySelector(".crowd");
  crowd?.setAttribute("d", spread((crowd.getAttribute("d") ?? "").split(/(?=M)/), CROWD).join(""));
  return copy;
}

/**
 * Returns a coordinate with one digit, near enough for every browser.
 * @param {number} value
 */
function pixel(value) {
  return Math.round(10 * Math.max(-9999, Math.min(9999, value))) / 10;
}
