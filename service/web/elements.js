/** The elements of the page, by their ids. */

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
  if (element(id).textContent !== content) element(id).textContent = content;
}
