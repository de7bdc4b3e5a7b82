/**
 * The score of an attempt at the challenge: how far its rate brings the loss down, compared with the
 * best constant rate.
 */

import { ask } from "./service.js";

/** The score of the best rate. */
const MOST = 100;
/** A loss below this part of the first one counts as this part, so that a loss of 0 has a score. */
const LEAST = 1e-8;

/**
 * Returns the score of a loss, from 0 to 100: the part of the way from the first loss down to the
 * lowest one that any constant rate reaches in as many steps, on a logarithmic scale.
 * @param {number} loss after all steps
 * @param {number} first the loss before the first step
 * @param {number} lowest the loss of the best rate after all steps
 */
export function score(loss, first, lowest) {
  const down = (/** @type {number} */ end) => Math.log(first / Math.max(end, LEAST * first));
  if (loss > first) return 0;
  return down(lowest) > 0 ? Math.min(MOST, (MOST * down(loss)) / down(lowest)) : MOST;
}

/**
 * Asks the service for the scores of rates and for the best one.
 * @param {Record<string, any>} question points, start, scale and steps
 * @param {number[]} lrs
 * @returns {Promise<{ attempts: Attempt[], best: Best }>} the attempts in the order of the rates
 */
export async function judge(question, lrs) {
  const { runs, exact } = await ask("sweep", { ...question, lrs });
  const attempts = runs.map((/** @type {any} */ { lr, loss, outcome, verdict }) => {
    const diverged = outcome === "diverged";
    const points = diverged ? 0 : score(loss, verdict.facts.start_loss, exact.loss);
    return { lr, loss, diverged, verdict: verdict.rate, score: points };
  });
  return { attempts, best: exact };
}
