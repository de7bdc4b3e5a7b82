// @ts-check
/** What slides in from the right: beside the pictures where there is room, over them where there is not. */

const ROOM = matchMedia("(min-width: 1100px)");

/**
 * Makes a drawer of a dialog and the button that opens it.
 * @param {string} name of the dialog; its button is `open-` and that
 * @param {() => void} opened
 * @returns {() => void} calls `opened` again, if it is open
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
 * @param {HTMLDialogElement} dialog
 * @param {HTMLButtonElement} button
 * @param {() => void} opened
 */
function open(dialog, button, opened) {
  for (const other of document.querySelectorAll("dialog")) other.close();
  if (ROOM.matches) dialog.show();
  else dialog.showModal();
  button.setAttribute("aria-expanded", "true");
  dialog.querySelector("h2")?.focus();
  opened();
}
