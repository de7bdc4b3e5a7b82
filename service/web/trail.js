/**
 * The way of a run in some of its directions. If every step multiplies the distances by known
 * numbers, the steps between two records are known, too.
 */

import { known } from "./run.js";

/** The number of first steps, and the maximum number of those drawn after them. */
const STEPS = 600;
/** Within this part of the start distance, all steps lie on each other. */
const RESTED = 1e-3;
/** The way ends with the first step that is farther away than this, in start distances. */
const FAR = 100;

/**
 * Returns the way up to the last record.
 * @param {Run} run
 * @param {Mode[]} modes
 * @returns {Waypoint[]}
 */
export function trail(run, modes) {
  const { step } = run.records;
  const places = known(modes)
    ? chosen(modes, step[run.last]).map((each) => ({
        step: each,
        distances: modes.map(({ multiplier }) => multiplier ** each),
      }))
    : step.map((each, i) => ({ step: each, distances: modes.map((mode) => run.distanceAt(mode, i)) }));
  const far = places.findIndex(({ distances }) => isFar(distances));
  if (far < 0) return places;
  const { step: last, distances } = places[far];
  const part = FAR / Math.hypot(...distances);
  return [...places.slice(0, far), { step: last, distances: distances.map((each) => part * each) }];
}

/**
 * Returns whether steps that are not neighbours are next to each other on the way, and far apart.
 * @param {Run} run
 * @param {Mode[]} modes
 */
export function hasGaps({ records }, modes) {
  return !known(modes) && records.step[1] > 1;
}

/**
 * Returns the first step that is farther away than `reach`, or the first of the recorded ones if no
 * other is known.
 * @param {Run} run
 * @param {Mode} mode
 * @param {number} reach
 */
export function leaving(run, mode, reach) {
  if (mode.multiplier !== null) return 1 + Math.floor(Math.log(reach) / Math.log(Math.abs(mode.multiplier)));
  return run.records.step[run.records.step.findIndex((_, i) => Math.abs(run.distanceAt(mode, i)) > reach)];
}

/**
 * Returns whether a place is beyond the end of the way.
 * @param {number[]} distances
 */
export function isFar(distances) {
  return Math.hypot(...distances) > FAR;
}

/**
 * Returns the steps on the way: the first ones, and some of the later ones until all directions
 * rest. Their distance is odd, so that those that jump across the valley are on both sides.
 * @param {KnownMode[]} modes
 * @param {number} last the last step
 */
function chosen(modes, last) {
  const end = Math.min(last, Math.max(...modes.map(rest)));
  const every = Math.ceil((end - STEPS) / STEPS) | 1;
  const steps = [];
  for (let step = 0; step <= end; step += step < STEPS ? 1 : every) steps.push(step);
  return steps;
}

/**
 * Returns the step from which on a direction rests.
 * @param {KnownMode} mode
 */
function rest({ multiplier }) {
  const pace = Math.log(Math.abs(multiplier));
  return pace < 0 ? Math.log(RESTED) / pace : Number.POSITIVE_INFINITY;
}
