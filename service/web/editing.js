/**
 * Editing of the points on the plot. Points can always be dragged. While editing is on, they can
 * also be added and removed, and changed with the keyboard.
 */

import { frame } from "./curve.js";
import { written } from "./numbers.js";
import { extent, MIN_POINTS } from "./points.js";
import { text } from "./texts.js";

/** The distance in pixels within which a click selects a point. */
const REACH = 14;
/** The part of the plot's height by which a key moves a point. */
const NUDGE = 0.02;

export class Editing {
  on = false;
  /** The index of the point that keys move. */
  chosen = 0;
  /** @type {CurveFrame | null} the frame of the current drag, which stays fixed while the points move */
  dragging = null;
  /** Whether the current drag has changed the points. */
  moved = false;

  /**
   * @param {Picture} picture
   * @param {EditingPage} page
   */
  constructor(picture, page) {
    this.picture = picture;
    this.page = page;
    const { element } = picture;
    element.addEventListener("pointerdown", (event) => this.press(event));
    element.addEventListener("pointermove", (event) => this.drag(event));
    element.addEventListener("touchstart", (event) => this.keepFromScrolling(event), { passive: false });
    element.addEventListener("pointerup", () => this.drop());
    element.addEventListener("pointercancel", () => this.drop());
    element.addEventListener("dblclick", (event) => this.on && this.remove(this.met(this.spot(event))));
    element.addEventListener("keydown", (event) => this.on && this.key(event));
  }

  /** @param {boolean} on */
  turn(on) {
    this.on = on;
    const { element } = this.picture;
    element.classList.toggle("editable", on);
    if (on) element.setAttribute("tabindex", "0");
    else element.removeAttribute("tabindex");
    element.setAttribute("role", on ? "application" : "img");
    this.chosen = Math.min(this.chosen, this.page.points().t.length - 1);
    this.show();
  }

  show() {
    this.page.edited({ chosen: this.on || this.dragging ? this.chosen : -1, held: this.dragging });
  }

  /** @param {MouseEvent | Touch} event */
  spot(event) {
    const { left, top } = this.picture.element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  /** The frame of the plot, or the one in which the current drag began. */
  get plot() {
    return this.dragging ?? frame(this.picture, this.page.points());
  }

  /**
   * Returns the index of the nearest point within reach, or -1.
   * @param {{ x: number, y: number }} spot
   */
  met({ x, y }) {
    const { plot } = this;
    const points = this.page.points();
    let nearest = -1;
    let least = REACH;
    points.t.forEach((t, i) => {
      const away = Math.hypot(plot.x(t) - x, plot.y(points.y[i]) - y);
      if (away < least) [nearest, least] = [i, away];
    });
    return nearest;
  }

  /**
   * Lets a finger drag a point instead of the page.
   * @param {TouchEvent} event
   */
  keepFromScrolling(event) {
    if (this.on || this.met(this.spot(event.touches[0])) >= 0) event.preventDefault();
  }

  /** @param {PointerEvent} event */
  press(event) {
    const spot = this.spot(event);
    const met = this.met(spot);
    if (event.button !== 0 || (met < 0 && !this.on)) return;
    this.dragging = this.plot;
    this.picture.element.setPointerCapture(event.pointerId);
    this.moved = met < 0;
    if (met >= 0) this.choose(met);
    else this.add(this.plot.x.invert(spot.x), this.plot.y.invert(spot.y));
  }

  /** @param {PointerEvent} event */
  drag(event) {
    const spot = this.spot(event);
    if (!this.dragging) {
      this.picture.element.classList.toggle("grab", event.pointerType === "mouse" && this.met(spot) >= 0);
      return;
    }
    if (!this.moved) this.page.remember();
    this.moved = true;
    const { left, right, top, bottom } = this.dragging;
    const x = Math.max(left, Math.min(right, spot.x));
    const y = Math.max(top, Math.min(bottom, spot.y));
    this.move(this.chosen, this.dragging.x.invert(x), this.dragging.y.invert(y));
  }

  drop() {
    if (!this.dragging) return;
    this.dragging = null;
    this.choose(this.chosen);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { t, y } = this.page.points();
    this.chosen = Math.min(this.chosen, t.length - 1);
    const up =
      NUDGE * (this.plot.y.invert(this.plot.top) - this.plot.y.invert(this.plot.bottom)) * (event.shiftKey ? 5 : 1);
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => this.choose((this.chosen + t.length - 1) % t.length),
      ArrowRight: () => this.choose((this.chosen + 1) % t.length),
      ArrowUp: () => this.nudge(up),
      ArrowDown: () => this.nudge(-up),
      Delete: () => this.remove(this.chosen),
      Backspace: () => this.remove(this.chosen),
      Enter: () => this.add(t[this.chosen] + this.halfway(), y[this.chosen]),
    };
    if (event.ctrlKey || event.metaKey) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  /** Returns half the mean distance between neighbouring values of t. */
  halfway() {
    const { t } = this.page.points();
    const { low, high } = extent(t);
    return (high - low || 1) / Math.max(1, t.length - 1) / 2;
  }

  /**
   * @param {number} t
   * @param {number} y
   */
  add(t, y) {
    const points = this.page.points();
    this.page.remember();
    this.page.change({ t: [...points.t, tidy(t)], y: [...points.y, tidy(y)] });
    this.choose(points.t.length);
  }

  /**
   * @param {number} i
   * @param {number} t
   * @param {number} y
   */
  move(i, t, y) {
    const points = this.page.points();
    this.page.change({ t: points.t.with(i, tidy(t)), y: points.y.with(i, tidy(y)) });
  }

  /** @param {number} up how far to move the chosen point, in units of y */
  nudge(up) {
    const { t, y } = this.page.points();
    this.page.remember();
    this.move(this.chosen, t[this.chosen], y[this.chosen] + up);
    this.choose(this.chosen);
  }

  /** @param {number} i */
  remove(i) {
    const points = this.page.points();
    if (i < 0) return;
    if (points.t.length <= MIN_POINTS) {
      this.page.said(text("tooFew", { min: MIN_POINTS }));
      return;
    }
    this.page.remember();
    this.page.change({ t: points.t.toSpliced(i, 1), y: points.y.toSpliced(i, 1) });
    this.choose(Math.max(0, Math.min(i, points.t.length - 2)));
  }

  /** @param {number} i */
  choose(i) {
    this.chosen = i;
    const { t, y } = this.page.points();
    this.page.said(text("chosen", { index: i + 1, count: t.length, t: written(t[i]), y: written(y[i]) }));
    this.show();
  }
}

/**
 * Rounds to five digits, which are finer than a hand can move.
 * @param {number} value
 */
function tidy(value) {
  return Number(value.toPrecision(5));
}
