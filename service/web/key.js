/**
 * The API key that some services require: the user enters it once, this tab keeps it, and every
 * request sends it.
 */

import { element, say } from "./elements.js";
import { text } from "./texts.js";

/** The name of the key in the session storage, which ends with the tab. */
const NAME = "key";
/** The letters that a header can carry. */
const VALID = /^[!-~]+$/;

/** @type {Promise<void> | null} */
let entering = null;

/** Returns the key, or null if the service did not ask for one. */
export function key() {
  return sessionStorage.getItem(NAME);
}

/**
 * Returns the header that sends a key, if there is one.
 * @param {string | null} sent
 * @returns {Record<string, string>}
 */
export function bearer(sent) {
  return sent === null ? {} : { Authorization: `Bearer ${sent}` };
}

/**
 * Waits for another key than the one that was rejected.
 * @param {string | null} rejected
 */
export async function anotherKey(rejected) {
  if (key() !== rejected) return;
  entering ??= entered(rejected !== null).finally(() => {
    entering = null;
  });
  await entering;
}

/**
 * Asks the user for a key.
 * @param {boolean} wrong whether a key was rejected
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
      const typed = input.value.trim();
      problem(!VALID.test(typed));
      if (!VALID.test(typed)) return;
      sessionStorage.setItem(NAME, typed);
      input.value = "";
      form.hidden = true;
      resolve();
    };
  });
}
