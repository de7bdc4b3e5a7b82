/** Terms that explain themselves, in a sentence with a link: on hover, focus and tap. */

import { element, say } from "./elements.js";
import { text } from "./texts.js";

/** How long the sentence stays after the pointer has left, so that the pointer can move onto it. */
const LEAVING_MS = 150;
/** The distance between a term and its sentence, and from the sides of the window, in pixels. */
const APART = 6;
/** The terms of the lecture. The others are fields of the analysis. */
const LECTURE = ["walk", "curve", "dial", "loss"];
const ANALYSIS = "docs#/fit/analysis";

/** Makes every element with a `data-term` explain itself. */
export function explainTerms() {
  const tip = element("tip");
  /** @type {HTMLElement | null} */
  let explained = null;
  const open = (/** @type {HTMLElement} */ term) => {
    explained = term;
    explain(term.dataset.term ?? "");
    tip.hidePopover();
    show(tip, term);
    place(tip, term.getBoundingClientRect());
  };
  const close = () => {
    explained = null;
    tip.hidePopover();
  };
  const leave = (/** @type {PointerEvent} */ { pointerType }) => {
    if (pointerType !== "mouse") return;
    setTimeout(() => {
      if (explained && ![explained, tip].some((each) => each.matches(":hover, :focus, :focus-within"))) close();
    }, LEAVING_MS);
  };
  const left = (/** @type {FocusEvent} */ { relatedTarget }) => {
    if (relatedTarget !== explained && !tip.contains(/** @type {Node | null} */ (relatedTarget))) close();
  };
  for (const term of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-term]"))) {
    term.onpointermove = ({ pointerType }) => pointerType === "mouse" && explained !== term && open(term);
    term.onpointerleave = leave;
    term.onfocus = () => open(term);
    term.onclick = () => open(term);
    term.onblur = left;
  }
  tip.onpointerleave = leave;
  tip.onmousedown = (event) => event.preventDefault(); // the term keeps the focus
  tip.addEventListener("focusout", left);
  addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    if (tip.matches(":focus-within")) explained?.focus();
    close();
  });
  const follow = () => explained && place(tip, explained.getBoundingClientRect());
  addEventListener("scroll", follow, { passive: true });
  addEventListener("resize", follow);
}

/**
 * Writes the sentence and the link of a term.
 * @param {string} name
 */
function explain(name) {
  const chapter = /** @type {HTMLAnchorElement} */ (document.querySelector("#about a")).href;
  const more = /** @type {HTMLAnchorElement} */ (document.querySelector("#more"));
  const inLecture = LECTURE.includes(name);
  say("meaning", text(`${name}Term`));
  say("more", text(inLecture ? "moreInChapter" : "moreInApi"));
  more.href = inLecture ? chapter : ANALYSIS;
}

/**
 * Shows the sentence. Where the browser knows its term, the tab key goes from the term to the link.
 * @param {HTMLElement & { showPopover: (options?: { source: HTMLElement }) => void }} tip
 * @param {HTMLElement} term
 */
function show(tip, term) {
  tip.showPopover({ source: term });
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
