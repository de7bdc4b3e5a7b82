/** Language and colours: those of the browser, until the user chooses others. */

import { element } from "./elements.js";
import { spoken, translate } from "./texts.js";

const DARK = matchMedia("(prefers-color-scheme: dark)");

/** @param {() => void} languageChanged called when the language has changed */
export function looks(languageChanged) {
  const speak = (/** @type {string} */ language) => {
    spoken.language = language === "ko" ? "ko" : "en";
    translate();
    element("language").lang = spoken.language === "ko" ? "en" : "ko";
    languageChanged();
  };
  element("language").onclick = () => speak(keep("language", spoken.language === "ko" ? "en" : "ko"));
  element("theme").onclick = () =>
    colour(keep("theme", document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
  DARK.onchange = () => colour(kept("theme"));
  colour(kept("theme"));
  speak(kept("language") ?? navigator.language.slice(0, 2));
}

/**
 * Keeps a choice for the next visit, if the browser allows it.
 * @param {string} name
 * @param {string} choice
 */
function keep(name, choice) {
  try {
    localStorage.setItem(name, choice);
  } catch {
    // the choice holds for this visit only
  }
  return choice;
}

/** @param {string} name */
function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** @param {string | null} theme the user's choice, if there is one */
function colour(theme) {
  const dark = theme === null ? DARK.matches : theme === "dark";
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  element("theme").setAttribute("aria-pressed", String(dark));
}
