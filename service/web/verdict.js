// @ts-check
/** The headline: what the rate did, in the service's words, and a button that does better. */

import { element, say } from "./elements.js";
import { counted, written } from "./numbers.js";
import { spoken, text } from "./texts.js";

/** @typedef {import("./fitting.js").Shown} Shown */
/** @typedef {import("./setting.js").Setting} Setting */

/** The words in the verdict's colour: up to the first full stop, comma, or a Korean "but". */
const FIRST_WORDS = /^(.+?(?:[.,](?= |$)|만(?= )))(.*)$/s;
/** Letters from which on a verdict is set smaller; a Korean one is wider. */
const LONG = { en: 130, ko: 74 };

/**
 * @param {Shown} shown
 * @param {{ change: (change: Partial<Setting>) => void, bounce: () => void }} actions
 */
export function showVerdict(shown, actions) {
  const { message, suggestion, rate } = shown.run.verdict;
  const sentence = message[spoken.language];
  const [, first, rest] = sentence.match(FIRST_WORDS) ?? ["", sentence, ""];
  const strong = document.createElement("strong");
  strong.textContent = first;
  element("verdict").replaceChildren(strong, rest);
  element("verdict").classList.toggle("long", sentence.length > LONG[spoken.language]);
  element("suggestion").hidden = suggestion === null && rate !== "good";
  say("suggest", suggestion ? named(suggestion, shown) : text("seeBounce"));
  say("suggest-why", suggestion ? why(suggestion, shown) : "");
  element("suggest").onclick = () => (suggestion ? actions.change(merged(suggestion)) : actions.bounce());
}

/**
 * @param {Record<string, any>} suggestion
 * @param {Shown} shown
 */
function named({ lr, scale }, { sweep }) {
  if (scale) return text(scale === "standardize" ? "rescale" : "orthonormalize");
  return text("useBest", { lr: written(typeof lr === "number" ? lr : (sweep.best ?? 0)) });
}

/**
 * @param {Record<string, any>} suggestion
 * @param {Shown} shown
 */
function why({ scale }, { run }) {
  const needed = run.analysis.steps_to_one_percent;
  const before = needed?.lr_fastest;
  const after = scale && needed?.[scale === "standardize" ? "standardized" : "orthonormal"];
  return before && after ? text("becomes", { before: counted(before), after: counted(after) }) : "";
}

/**
 * A suggestion as a change of the setting.
 * @param {Record<string, any>} suggestion
 * @returns {Partial<Setting>}
 */
function merged({ lr, scale }) {
  /** @type {Partial<Setting>} */
  const change = {};
  if (lr !== undefined) change.rate = lr === "best" ? "best" : { lr };
  if (scale !== undefined) change.scale = scale;
  return change;
}
