// @ts-check
/** Language and colours: the browser's, until a person chooses. */

import { element } from "./elements.js";
import { spoken, text, translate } from "./texts.js";

/** @typedef {import("./texts.js").Language} Language */

const DARK = matchMedia("(prefers-color-scheme: dark)");

/** @param {() => void} spokenAnew called when the language has changed */
export function looks(spokenAnew) {
  const speak = (/** @type {string} */ language) => {
    spoken.language = language === "ko" ? "ko" : "en";
    translate();
    element("language").lang = spoken.language === "ko" ? "en" : "ko";
    spokenAnew();
  };
  element("language").onclick = () => speak(kept("language", spoken.language === "ko" ? "en" : "ko"));
  element("theme").onclick = () =>
    colour(kept("theme", document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
  DARK.onchange = () => colour(localStorage.getItem("theme"));
  colour(localStorage.getItem("theme"));
  speak(localStorage.getItem("language") ?? navigator.language.slice(0, 2));
}

/**
 * Keeps a choice for the next visit.
 * @param {string} name
 * @param {string} choice
 */
function kept(name, choice) {
  localStorage.setItem(name, choice);
  return choice;
}

/** @param {string | null} theme chosen, if one was */
function colour(theme) {
  const dark = theme === null ? DARK.matches : theme === "dark";
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  element("theme").setAttribute("aria-pressed", String(dark));
  element("theme").setAttribute("aria-label", text("theme"));
}
