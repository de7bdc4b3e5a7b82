/**
 * Drawers, which slide in from the right: next to the pictures on a wide screen, over them on a
 * narrow one.
 */

const WIDE = matchMedia("(min-width: 1100px)");

/**
 * Makes a dialog a drawer, which a button opens.
 * @param {string} name id of the dialog; the id of its button is `open-` and this name
 * @param {() => void} opened
 * @returns {() => void} calls `opened` again, if the drawer is open
 */
export function drawer(name, opened) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById(name));
  const button = /** @type {HTMLButtonElement} */ (document.getElementById(`open-${name}`));
  button.addEventListener("click", () => (dialog.open ? dialog.close() : open(dialog, button, opened)));
  dialog.querySelector(".close")?.addEventListener("click", () => dialog.close());
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Escape") dialog.close();
  });
  dialog.addEventListener("close", () => {
    button.setAttribute("aria-expanded", "false");
    if (!document.querySelector("dialog[open]")) button.focus();
  });
  return () => dialog.open && opened();
}

/**
 * Closes a drawer if it lies over the page.
 * @param {string} name
 */
export function uncover(name) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById(name));
  if (dialog.matches(":modal")) dialog.close();
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {HTMLButtonElement} button
 * @param {() => void} opened
 */
function open(dialog, button, opened) {
  for (const other of document.querySelectorAll("dialog")) other.close();
  if (WIDE.matches) dialog.show();
  else dialog.showModal();
  button.setAttribute("aria-expanded", "true");
  dialog.querySelector("h2")?.focus();
  opened();
}
