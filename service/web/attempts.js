/** The drawer of the challenge: its start, and the attempts of this visit. */

import { MAX_STEPS, outside } from "./controls.js";
import { shadeName } from "./dial.js";
import { drawer, uncover } from "./drawer.js";
import { button, element, sayProblem } from "./elements.js";
import { fill } from "./lecture.js";
import { written } from "./numbers.js";
import { text } from "./texts.js";

/** @type {WeakMap<Attempt, HTMLButtonElement>} they stay, so that the focus stays on them */
const BUTTONS = new WeakMap();

/**
 * Sets up the drawer.
 * @param {{ attempts: () => Attempt[], start: (steps: number) => void, again: (attempt: Attempt) => void }} page
 * @returns {() => void} updates the drawer, if it is open
 */
export function challengeDrawer({ attempts, start, again }) {
  const dialog = /** @type {HTMLDialogElement} */ (document.querySelector("#challenge"));
  element("start-challenge").onclick = () => {
    const steps = Number(element("challenge-steps").value);
    const problem = outside(steps, 1, MAX_STEPS);
    sayProblem(element("challenge-steps"), "challenge-problem", problem);
    if (problem !== "") return;
    dialog.addEventListener("close", () => element("rate").focus(), { once: true });
    dialog.close();
    start(steps);
  };
  return drawer("challenge", () => {
    const made = attempts();
    element("no-attempts").hidden = made.length > 0;
    element("attempts").hidden = made.length === 0;
    const rows = made.map((attempt) => [repeater(attempt, again), ...cells(attempt)]);
    fill("#attempts", headings(), rows);
  });
}

/** Returns the names of the columns of attempts. */
export function headings() {
  return [text("rate"), text("reached"), text("score"), text("verdict")];
}

/**
 * Returns the cells of an attempt after its rate.
 * @param {Attempt} attempt
 */
export function cells({ loss, diverged, score, verdict }) {
  return [diverged ? text("diverges") : written(loss), written(score), shadeName(verdict)];
}

/**
 * Returns the button that shows an attempt again.
 * @param {Attempt} attempt
 * @param {(attempt: Attempt) => void} again
 */
function repeater(attempt, again) {
  const act = () => {
    uncover("challenge");
    again(attempt);
  };
  const made = BUTTONS.get(attempt) ?? button(written(attempt.lr), act);
  BUTTONS.set(attempt, made);
  return made;
}
