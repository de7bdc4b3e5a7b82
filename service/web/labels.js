/** The placement of labels, so that they avoid what is drawn, and each other. */

import { label } from "./svg.js";

/** A label on another one, or one that is cut off, is so much worse than one on a line. */
const WORSE = 9;

let family = "";
/** @type {CanvasRenderingContext2D | null} */
let pen = null;

/**
 * Returns the first place at which a text is clear of all boxes, or else the clearest place.
 * @param {string} text
 * @param {number} size of its letters in pixels
 * @param {Place[]} places of the anchor on the base line
 * @param {Box[]} taken
 */
export function place(text, size, places, taken) {
  const width = measured(text, size);
  let best = { place: places[0], box: boxed(places[0], width, size), overlap: Number.POSITIVE_INFINITY };
  for (const each of places) {
    const box = boxed(each, width, size);
    const overlap = taken.reduce((sum, other) => sum + (other.weight ?? 1) * shared(box, other), 0);
    if (overlap < best.overlap) best = { place: each, box, overlap };
    if (overlap === 0) break;
  }
  return best;
}

/**
 * Returns a label at the clearest of these places, and adds its box to `taken`. Returns null without
 * places.
 * @param {string} content
 * @param {number} size of its letters in pixels
 * @param {string} shade its classes
 * @param {Place[]} places
 * @param {Box[]} taken
 */
export function named(content, size, shade, places, taken) {
  if (places.length === 0) return null;
  const found = place(content, size, places, taken);
  taken.push({ ...found.box, weight: WORSE });
  return lettered(content, shade, found.place);
}

/**
 * Returns a label at a place.
 * @param {string} content
 * @param {string} shade its classes
 * @param {Place} place
 */
export function lettered(content, shade, { x, y, anchor = "middle" }) {
  return label(content, { x, y, class: `${shade} ${anchor}` });
}

/**
 * Returns boxes around a frame, which a label must not leave.
 * @param {{ left: number, right: number, top: number, bottom: number }} frame
 * @returns {Box[]}
 */
export function outside({ left, right, top, bottom }) {
  return [
    { left: -999, right: left, top: -999, bottom: 9999 },
    { left: right, right: 9999, top: -999, bottom: 9999 },
    { left: -999, right: 9999, top: -999, bottom: top },
    { left: -999, right: 9999, top: bottom, bottom: 9999 },
  ].map((box) => ({ ...box, weight: WORSE }));
}

/**
 * Returns boxes around points.
 * @param {ArrayLike<number>} x
 * @param {ArrayLike<number>} y
 * @param {number} radius
 * @returns {Box[]}
 */
export function around(x, y, radius) {
  return Array.from(x, (each, i) => ({
    left: each - radius,
    right: each + radius,
    top: y[i] - radius,
    bottom: y[i] + radius,
  }));
}

/**
 * Returns the lines of a text, none of which is wider than this, unless a word is.
 * @param {string} text
 * @param {number} size of its letters in pixels
 * @param {number} width in pixels
 */
export function wrapped(text, size, width) {
  const lines = [""];
  for (const word of text.split(/\s/)) {
    const longer = `${lines[lines.length - 1]} ${word}`.trim();
    if (measured(longer, size) > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines.filter(Boolean);
}

/**
 * Returns the width of a text in pixels.
 * @param {string} text
 * @param {number} size
 */
export function measured(text, size) {
  family ||= getComputedStyle(document.body).fontFamily;
  pen ??= /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  pen.font = `600 ${size}px ${family}`;
  return pen.measureText(text).width;
}

/**
 * Returns the box of a text at a place.
 * @param {Place} place
 * @param {number} width
 * @param {number} size
 * @returns {Box}
 */
function boxed({ x, y, anchor = "middle" }, width, size) {
  const left = anchor === "start" ? x : anchor === "end" ? x - width : x - width / 2;
  return { left: left - 2, right: left + width + 2, top: y - size, bottom: y + 0.3 * size };
}

/**
 * Returns the area that two boxes share.
 * @param {Box} one
 * @param {Box} other
 */
function shared(one, other) {
  const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
  return wide > 0 && high > 0 ? wide * high : 0;
}
