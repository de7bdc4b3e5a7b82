/** The elements of the page, by their ids. */

/** What stays on one line, with what touches it: (R² 0.986), 2026-01-31 and 1e-5. */
export const WHOLE = /(\S*\(R² [^)]*\)\S*|\d+-\d\d-\d\S*|\de-\d\S*)/;

/**
 * Returns the element with this id.
 * @param {string} id
 */
export function element(id) {
  return /** @type {HTMLInputElement} */ (document.getElementById(id));
}

/**
 * Creates a button.
 * @param {string} content
 * @param {(event: MouseEvent) => void} act
 * @param {string} [style] its CSS class
 */
export function button(content, act, style = "quiet") {
  const made = document.createElement("button");
  made.type = "button";
  made.className = style;
  made.textContent = content;
  made.onclick = act;
  return made;
}

/**
 * Sets the text of an element, if it has another one.
 * @param {string} id
 * @param {string} content
 */
export function say(id, content) {
  if (element(id).textContent !== content) element(id).replaceChildren(...unbroken(content));
}

/**
 * Says what is wrong with a field. If nothing is, the sentence is empty.
 * @param {HTMLElement} field
 * @param {string} id of the element that says it
 * @param {string} problem
 */
export function sayProblem(field, id, problem) {
  say(id, problem);
  field.setAttribute("aria-invalid", String(problem !== ""));
}

/**
 * Returns a text as nodes. Those at odd indices stay on one line.
 * @param {string} content
 */
export function unbroken(content) {
  return content.split(WHOLE).map((part, i) => (i % 2 === 1 ? whole(part) : part));
}

/** @param {string} content */
function whole(content) {
  const made = document.createElement("span");
  made.className = "whole";
  made.textContent = content;
  return made;
}
