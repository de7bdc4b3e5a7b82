// @ts-check
/** The key that some services ask for: a person enters it once, this tab keeps it, every request shows it. */

import { element, say } from "./elements.js";
import { text } from "./texts.js";

/** In the tab's own storage, which ends with it. */
const NAME = "key";
/** What a header can carry. */
const SANE = /^[!-~]+$/;

/** @type {Promise<void> | null} */
let entering = null;

/** The key, or null where none was asked for. */
export function key() {
  return sessionStorage.getItem(NAME);
}

/**
 * The header that shows a key, if there is one.
 * @param {string | null} shown
 * @returns {Record<string, string>}
 */
export function bearer(shown) {
  return shown === null ? {} : { Authorization: `Bearer ${shown}` };
}

/**
 * Waits until there is another key than the one that was refused.
 * @param {string | null} refused
 */
export async function anotherKey(refused) {
  if (key() !== refused) return;
  entering ??= entered(refused !== null).finally(() => {
    entering = null;
  });
  await entering;
}

/**
 * Asks a person.
 * @param {boolean} wrong whether a key was refused
 * @returns {Promise<void>}
 */
function entered(wrong) {
  const form = /** @type {HTMLFormElement} */ (document.getElementById("key"));
  const input = element("key-entered");
  const problem = (/** @type {boolean} */ yes) => say("key-problem", yes ? text("keyUnknown") : "");
  sessionStorage.removeItem(NAME);
  form.hidden = false;
  problem(wrong);
  input.focus();
  return new Promise((resolve) => {
    form.onsubmit = (event) => {
      event.preventDefault();
      const given = input.value.trim();
      problem(!SANE.test(given));
      if (!SANE.test(given)) return;
      sessionStorage.setItem(NAME, given);
      input.value = "";
      form.hidden = true;
      resolve();
    };
  });
}
