/** What is known of a run before its first step: its losses, and the fewest steps to the best fit. */

import { element, say } from "./elements.js";
import { counted } from "./numbers.js";
import { text } from "./texts.js";

/** The maximum number of steps at which the loss is predicted. The line between them is straight. */
const SAMPLES = 600;

/**
 * Returns the loss that the curvature predicts after a step. In each direction, every step
 * multiplies the distance from the bottom by the same number, and the loss is its square.
 * @param {Foreseen} foreseen
 * @param {number} step
 */
export function predictedLoss({ lowest, directions }, step) {
  return directions.reduce((sum, { start, multiplier }) => sum + (start * multiplier ** step) ** 2, lowest);
}

/**
 * Returns the pixels of the predicted losses in the chart of the loss.
 * @param {LossFrame} plot
 * @param {Foreseen} foreseen
 * @param {number} last the last step
 */
export function predictedLine({ x, y, axis }, foreseen, last) {
  const count = Math.min(last, SAMPLES);
  const steps = Array.from({ length: count + 1 }, (_, i) => Math.round(axis.invert(i / count) - 1));
  return { x: steps.map(x), y: steps.map((step) => y(predictedLoss(foreseen, step))) };
}

/**
 * Shows the number of steps that no constant rate undercuts, unless it is unknown or the verdict
 * names it.
 * @param {Run} run
 */
export function showFewest({ analysis, verdict, foreseen }) {
  const fewest = analysis.steps_to_one_percent?.best ?? 0;
  element("fewest").hidden = !foreseen || fewest === 0 || verdict.reach === "out_of_reach";
  say("fewest-steps", text(fewest === 1 ? "oneStep" : "fewest", { steps: counted(fewest) }));
}
