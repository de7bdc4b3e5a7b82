/**
 * The headline: the verdict of the service with a button that applies its suggestion, and the fewest
 * steps.
 */

import { element, say, unbroken } from "./elements.js";
import { counted, written } from "./numbers.js";
import { spoken, text } from "./texts.js";

/** @typedef {{ change: Change, guide: Guide }} Actions */

/**
 * The words in the colour of the verdict, up to a period, a comma or the Korean "but"; the rest of
 * their sentence; and the other sentences.
 */
const PARTS = /^(.+?(?:[.,](?= |$)|만(?= )))((?<=[,만]) .+?\.(?= |$))?(.*)$/s;
/** The number of letters in two lines at full size. With more letters, the font is smaller. */
const ROOM = { en: 80, ko: 46 };

/**
 * The words that explain themselves where a verdict has them first, and the terms that stand for
 * them. A term is in the headline as long as a verdict has its word.
 */
const EXPLAINED = [
  { word: /(?:direction|방향)\S*/, term: element("direction-term") },
  { word: /orthonormal columns|정규직교 기저\S*/, term: element("orthonormal-term") },
];

/**
 * Shows the verdict and its suggestion.
 * @param {Shown} shown
 * @param {Actions} actions
 */
export function showVerdict(shown, actions) {
  const { message } = shown.run.verdict;
  const sentence = message[spoken.language];
  const [, first, qualified = "", rest] = sentence.match(PARTS) ?? ["", sentence, "", ""];
  element("verdict").replaceChildren(bold("strong", first), bold("b", qualified), ...explained(rest));
  element("verdict").style.setProperty("--fit", String(Math.sqrt(ROOM[spoken.language] / sentence.length)));
  showFewest(shown.run);
  showSuggestion(shown, actions);
}

/**
 * Returns the parts of a text in which the words that need it explain themselves.
 * @param {string} content
 */
function explained(content) {
  /** @type {(string | HTMLElement)[]} */
  let parts = [content];
  for (const { word, term } of EXPLAINED)
    parts = parts.flatMap((part) => (typeof part === "string" ? split(part, word, term) : [part]));
  return parts.flatMap((part) => (typeof part === "string" ? unbroken(part) : [part]));
}

/**
 * Splits a text where it has the word, which its term replaces.
 * @param {string} content
 * @param {RegExp} word
 * @param {HTMLElement} term
 */
function split(content, word, term) {
  const found = word.exec(content);
  if (!found) return [content];
  term.hidden = false;
  term.textContent = found[0];
  return [content.slice(0, found.index), term, content.slice(found.index + found[0].length)];
}

/**
 * Shows the number of steps that no constant rate undercuts, unless it is unknown or the verdict
 * names it.
 * @param {Run} run
 */
function showFewest({ analysis, verdict, foreseen }) {
  const fewest = analysis.steps_to_one_percent?.best ?? 0;
  element("fewest").hidden = !foreseen || fewest === 0 || verdict.reach === "out_of_reach";
  say("fewest-steps", text(fewest === 1 ? "oneStep" : "fewest", { steps: counted(fewest) }));
}

/**
 * Shows the button that goes on: along the guided path, by the suggestion, or else to the path.
 * @param {Shown} shown
 * @param {Actions} actions
 */
function showSuggestion(shown, { change, guide }) {
  const { suggestion, rate } = shown.run.verdict;
  const nothing = suggestion === null;
  element("suggestion").hidden = !guide.on && nothing && rate !== "good";
  element("take-path").hidden = guide.on || (nothing && rate === "good");
  if (guide.on) goOn(guide.onward, "", () => guide.next());
  else if (!nothing) goOn(named(suggestion, shown), why(suggestion, shown), () => change(merged(suggestion)));
  else goOn(text("takePath"), "", () => guide.go(0));
}

/**
 * @param {string} name
 * @param {string} reason
 * @param {() => void} act
 */
function goOn(name, reason, act) {
  say("suggest", name);
  say("suggest-why", reason);
  element("suggest").onclick = act;
}

/**
 * Shows the selected step instead of the verdict until the run is at its end, so that the headline
 * does not give the end away.
 * @param {Run} run
 * @param {number} position
 */
export function showGoing(run, position) {
  const going = position < run.last || !run.complete;
  document.querySelector(".verdict")?.classList.toggle("going", going);
  if (!going) return;
  const step = run.stepAt(position);
  const name = bold("strong", text("goingStep", { step: counted(step), steps: counted(run.steps) }));
  const losses = { start: written(run.lossAt(0)), loss: written(run.lossAt(position)) };
  element("going").replaceChildren(name, ` ${text(step === 0 ? "goingStart" : "goingLoss", losses)}`);
}

/**
 * @param {"strong" | "b"} name of the element
 * @param {string} content
 */
function bold(name, content) {
  const made = document.createElement(name);
  made.append(...unbroken(content));
  return made;
}

/**
 * Returns the text of the button.
 * @param {Record<string, any>} suggestion
 * @param {Shown} shown
 */
function named({ lr, scale, steps }, { sweep }) {
  if (steps) return text("makeSteps", { steps: counted(steps) });
  if (scale) return text(scale === "standardize" ? "rescale" : "orthonormalize");
  return text("useBest", { lr: written(typeof lr === "number" ? lr : (sweep.best ?? 0)) });
}

/**
 * Returns the reason for the suggestion, unless the verdict has it.
 * @param {Record<string, any>} suggestion
 * @param {Shown} shown
 */
function why({ scale, steps }, { run }) {
  const needed = run.analysis.steps_to_one_percent;
  if (steps && run.verdict.reach === "out_of_reach") return text("stepsNeeded", { steps: counted(steps) });
  const before = needed?.best;
  const after = scale && needed?.[scale === "standardize" ? "standardized" : "orthonormal"];
  return before && after ? text("becomes", { before: counted(before), after: counted(after) }) : "";
}

/**
 * Returns a suggestion as a change of the setting.
 * @param {Record<string, any>} suggestion
 * @returns {Partial<Setting>}
 */
function merged({ lr, scale, steps }) {
  /** @type {Partial<Setting>} */
  const change = {};
  if (lr !== undefined) change.rate = lr === "best" ? "best" : { lr };
  if (scale !== undefined) change.scale = scale;
  if (steps !== undefined) change.steps = steps;
  return change;
}
