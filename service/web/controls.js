/** The controls: buttons, sliders, fields and keys. */

import { presets, rateAt } from "./dial.js";
import { element } from "./elements.js";
import { startField } from "./lecture.js";
import { steps as stepAxis } from "./loss.js";
import { MAX_DEGREE } from "./methods.js";
import { names } from "./models.js";
import { counted, percent, plain, rounded } from "./numbers.js";
import { text } from "./texts.js";
import { take } from "./typed.js";

/** The part of a decade by which an arrow key moves the rate: with Shift, ten times as much. */
const ARROW = 0.01;
/** The maximum number of steps of a request. */
export const MAX_STEPS = 10_000_000;
/** Elements in which the keys have their usual meaning. */
const NO_KEYS = "input[type=text], textarea, select, dialog, [role=application]";
/** Elements with an undo of their own. */
const TYPING = "input[type=text], textarea";
/** Elements in which the space bar has its usual meaning. */
const PRESSED = "button, a, summary, input, label, [tabindex='0']";

/**
 * @param {View} view
 * @param {ControlActions} actions
 */
export function controls(view, actions) {
  playing(view, actions);
  rates(view, actions);
  settings(view, actions);
  numbers(view, actions);
  keys(view, actions);
}

/**
 * @param {View} view
 * @param {ControlActions} actions
 */
function playing(view, { still, live }) {
  const { player } = view;
  const { play, back, forth } = moves(view, still);
  element("play").onclick = play;
  element("play-here").onclick = play;
  element("back").onclick = back;
  element("forth").onclick = forth;
  element("live").onclick = live;
  element("speed").onchange = () => {
    player.speed = Number(element("speed").value);
  };
  const scrub = element("scrub");
  scrub.oninput = () => {
    if (!view.run) return;
    const axis = stepAxis(view.run, view.scales.logSteps);
    player.seek(view.run.nearest(Math.round(axis.invert(Number(scrub.value)) - 1)));
    view.redraw();
  };
  const on = moves(view, () => true).forth;
  arrows(scrub, (way) => (way < 0 ? back() : on()));
}

/**
 * @param {View} view
 * @param {() => boolean} still
 */
function moves(view, still) {
  const { player } = view;
  const then = (/** @type {() => void} */ move) => () => {
    move();
    view.redraw();
  };
  return {
    play: then(() => (player.playing ? player.pause() : player.play())),
    back: then(() => player.back()),
    forth: then(() => player.forth(still())),
  };
}

/**
 * @param {View} view
 * @param {ControlActions} actions
 */
function rates(view, actions) {
  const rate = element("rate");
  const chosen = (/** @type {number} */ lr) => ({ rate: { lr: rounded(lr) } });
  rate.oninput = () => view.shown && actions.slide({ rate: partOf(view.shown.sweep, 10 ** Number(rate.value)) });
  rate.onchange = actions.slid;
  arrows(rate, (way, wide) => {
    if (view.shown) actions.change(chosen(view.shown.run.lr * 10 ** (way * ARROW * (wide ? 10 : 1))));
  });
  const { dial } = view.pictures;
  dial.element.onclick = ({ clientX }) => {
    const lr = view.shown && rateAt(dial, view.shown.sweep, clientX - dial.element.getBoundingClientRect().left);
    if (lr) actions.change(chosen(lr));
  };
  document.querySelectorAll("[data-preset]").forEach((button, i) => {
    button.addEventListener("click", () => preset(view, actions, i));
  });
}

/**
 * Chooses one of the four preset rates, if there is one from this start.
 * @param {View} view
 * @param {ControlActions} actions
 * @param {number} index of its button
 */
function preset({ shown }, { change }, index) {
  if (!shown) return;
  const part = Object.values(presets(shown.sweep))[index];
  if (part) change({ rate: partOf(shown.sweep, part) });
}

/**
 * Returns a rate as the user chose it: as a part of the limit, or of the unit of the rates.
 * @param {Sweep} sweep
 * @param {number} part
 * @returns {Rate}
 */
function partOf({ unit, limit }, part) {
  const lr = rounded(part * unit);
  return limit === null ? { lr } : { lr, part };
}

/**
 * Chooses the best rate, unless a challenge hides it.
 * @param {ControlActions} actions
 */
function takeBest({ change }) {
  if (!element("main").classList.contains("blind")) change({ rate: "best" });
}

/**
 * @param {View} view
 * @param {ControlActions} actions
 */
function settings(view, { setting, change, undo, redo, edit }) {
  for (const id of ["undo", "undo-data"]) element(id).onclick = undo;
  element("redo").onclick = redo;
  document.addEventListener("keydown", (event) => {
    const act = undoes(event) ? undo : redoes(event) ? redo : null;
    if (!act || (event.target instanceof Element && event.target.closest(TYPING))) return;
    event.preventDefault();
    act();
  });
  element("scale").onchange = () => change({ scale: /** @type {Scale} */ (element("scale").value) });
  element("go-on").onclick = () => {
    const { run, player } = view;
    if (run)
      change({
        start: run.paramsAt(Math.floor(player.position)),
        walked: setting().walked + run.stepAt(player.position),
      });
  };
  element("from-start").onclick = () => change({ start: null, walked: 0 });
  toggle("log-loss", (on) => {
    view.logLoss = on;
    view.redraw();
  });
  toggle("log-steps", (on) => {
    view.logSteps = on;
    view.redraw();
  });
  toggle("edit", edit);
  element("tables").addEventListener("toggle", () => view.redraw());
}

/** @param {KeyboardEvent} event */
function undoes({ code, ctrlKey, metaKey, shiftKey }) {
  return (ctrlKey || metaKey) && !shiftKey && code === "KeyZ";
}

/** @param {KeyboardEvent} event */
function redoes({ code, ctrlKey, metaKey, shiftKey }) {
  return (ctrlKey || metaKey) && (code === "KeyY" || (shiftKey && code === "KeyZ"));
}

/**
 * Makes the rate, the steps, the selected step and the start fields that take a number.
 * @param {View} view
 * @param {ControlActions} actions
 */
function numbers(view, { setting, change }) {
  const rate = { problem: notPositive, reportIn: "rate-problem" };
  const lr = () => view.shown?.run.lr ?? 0;
  const limit = () => view.shown?.sweep.limit ?? 1;
  take(element("lr"), { ...rate, exact: () => plain(lr()), take: (lr) => change({ rate: { lr } }) });
  take(element("part"), {
    ...rate,
    exact: () => percent(lr() / limit()),
    take: (part) => view.shown && change({ rate: partOf(view.shown.sweep, part / 100) }),
  });
  take(element("steps"), {
    exact: () => String(setting().steps),
    problem: (value) => outside(value, 1, MAX_STEPS),
    reportIn: "steps-problem",
    take: (steps) => change({ steps }),
  });
  take(element("step"), {
    exact: () => String(view.run?.stepAt(view.player.position) ?? 0),
    problem: (value) => outside(value, 0, view.run?.steps ?? 0),
    reportIn: "steps-problem",
    take: (step) => {
      view.player.seek(view.run?.nearest(step) ?? 0);
      view.redraw();
    },
  });
  const start = () => /** @type {Record<string, number>} */ (setting().start ?? view.run?.paramsAt(0) ?? {});
  for (const name of names(MAX_DEGREE)) {
    take(startField(name), {
      exact: () => plain(start()[name]),
      problem: (value) => (Number.isFinite(value) ? "" : text("notFinite")),
      reportIn: "start-problem",
      take: (value) => change({ start: { ...start(), [name]: value }, walked: 0 }),
    });
  }
}

/** @param {number} value */
function notPositive(value) {
  return value > 0 && Number.isFinite(value) ? "" : text("notPositive");
}

/**
 * Returns the sentence about a number that is not a whole one in this range, or an empty one.
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
export function outside(value, low, high) {
  const fits = Number.isInteger(value) && value >= low && value <= high;
  return fits ? "" : text("outOfRange", { low, high: counted(high) });
}

/**
 * @param {string} id
 * @param {(on: boolean) => void} turned
 */
function toggle(id, turned) {
  element(id).onclick = () => {
    const on = element(id).getAttribute("aria-pressed") !== "true";
    element(id).setAttribute("aria-pressed", String(on));
    turned(on);
  };
}

/**
 * @param {HTMLElement} slider
 * @param {(way: number, wide: boolean) => void} moved
 */
function arrows(slider, moved) {
  slider.onkeydown = (event) => {
    const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!way) return;
    event.preventDefault();
    moved(way, event.shiftKey);
  };
}

/**
 * @param {View} view
 * @param {ControlActions} actions
 */
function keys(view, actions) {
  const { play, back, forth } = moves(view, actions.still);
  /** @type {Record<string, () => void>} */
  const acts = {
    " ": play,
    ",": back,
    ".": forth,
    1: () => preset(view, actions, 0),
    2: () => preset(view, actions, 1),
    3: () => preset(view, actions, 2),
    4: () => preset(view, actions, 3),
    b: () => takeBest(actions),
  };
  document.addEventListener("keydown", (event) => {
    const target = event.target instanceof Element ? event.target : document.body;
    const act = acts[event.code === "KeyB" ? "b" : event.key]; // a Korean keyboard sends another letter
    if (!act || !element("keys-on").checked || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.closest(NO_KEYS) || (event.key === " " && target.closest(PRESSED))) return;
    event.preventDefault();
    act();
  });
}
