// @ts-check
/** The challenge in the address of the page: `open` before an attempt, `tried` with one. */

/** @typedef {"open" | "tried" | null} State null outside of a challenge */

/**
 * Returns a fragment with the state of the challenge.
 * @param {string} fragment
 * @param {State} state
 */
export function withChallenge(fragment, state) {
  return state ? `${fragment}&challenge=${state}` : fragment;
}

/**
 * Reads the state of the challenge from a fragment.
 * @param {string} fragment
 * @returns {State}
 */
export function challengeOf(fragment) {
  const state = new URLSearchParams(fragment).get("challenge");
  return state === "open" || state === "tried" ? state : null;
}
