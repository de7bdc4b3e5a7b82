// @ts-check
/** Terms that explain themselves, in a sentence next to them: on hover, focus and tap. */

import { element, say } from "./elements.js";
import { text } from "./texts.js";

/** How long the sentence stays after the pointer has left, so that the pointer can move onto it. */
const LEAVING_MS = 150;
/** The distance between a term and its sentence, and from the sides of the window, in pixels. */
const APART = 6;

/** Makes every element with a `data-term` explain itself. */
export function explainTerms() {
  const tip = element("tip");
  /** @type {Element | null} */
  let explained = null;
  const open = (/** @type {HTMLElement} */ term) => {
    explained = term;
    say("tip", text(`${term.dataset.term}Term`));
    tip.showPopover();
    place(tip, term.getBoundingClientRect());
  };
  const close = () => {
    explained = null;
    tip.hidePopover();
  };
  const leave = (/** @type {PointerEvent} */ { pointerType }) => {
    if (pointerType !== "mouse") return;
    setTimeout(() => {
      if (explained && ![explained, tip].some((each) => each.matches(":hover, :focus"))) close();
    }, LEAVING_MS);
  };
  for (const term of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-term]"))) {
    term.onpointerenter = ({ pointerType }) => pointerType === "mouse" && open(term);
    term.onpointerleave = leave;
    term.onfocus = () => open(term);
    term.onclick = () => open(term);
    term.onblur = close;
  }
  tip.onpointerleave = leave;
  addEventListener("keydown", ({ key }) => key === "Escape" && close());
  addEventListener("scroll", () => explained && place(tip, explained.getBoundingClientRect()), { passive: true });
}

/**
 * Places the sentence below its term, or above it where the window ends, within the window.
 * @param {HTMLElement} tip
 * @param {DOMRect} term
 */
function place(tip, term) {
  const { offsetWidth: width, offsetHeight: height } = tip;
  const below = term.bottom + APART + height < innerHeight;
  tip.style.left = `${Math.max(APART, Math.min(term.left, innerWidth - width - APART))}px`;
  tip.style.top = `${below ? term.bottom + APART : term.top - APART - height}px`;
}
