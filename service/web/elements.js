// @ts-check
/** The elements of the page, by their ids. */

/** @param {string} id */
export function element(id) {
  return /** @type {HTMLInputElement} */ (document.getElementById(id));
}

/**
 * Writes into an element, if something else stands there.
 * @param {string} id
 * @param {string} content
 */
export function say(id, content) {
  if (element(id).textContent !== content) element(id).textContent = content;
}
