// @ts-check
/** The page: what is asked, what comes back, and what is shown then. */

import { controls, preset } from "./controls.js";
import { dataDrawer } from "./data.js";
import { Editing } from "./editing.js";
import { element, say } from "./elements.js";
import { Fitting } from "./fitting.js";
import { Live } from "./live.js";
import { looks } from "./looks.js";
import { counted } from "./numbers.js";
import { GoneError, ProblemError } from "./service.js";
import { fromFragment, toFragment } from "./setting.js";
import { shareDrawer } from "./share.js";
import { text } from "./texts.js";
import { showVerdict } from "./verdict.js";
import { View } from "./view.js";

/** @typedef {import("./setting.js").Setting} Setting */

const STILL = matchMedia("(prefers-reduced-motion: reduce)");
const FINE = matchMedia("(pointer: fine)");
/** Until the first picture moves. */
const PAUSE_MS = 500;
/** Until the address follows; browsers take no more than some changes a second. */
const SETTLED_MS = 250;

const view = new View({ rested: addressed });
const asked = await fromFragment(location.hash.slice(1));
const fitting = new Fitting(asked.setting, { shown, refused, reachable });
/** @type {Live | null} */
let live = null;
/** What to do when the next run has come. */
let then = begin;
let sliding = false;
let addressing = false;
/** @type {(() => void)[]} show again what the open one of them shows */
const drawers = [];

/* What comes back. */

/** @param {import("./fitting.js").Shown} answer */
function shown(answer) {
  leave();
  view.shown = answer;
  view.run = answer.run;
  view.player.load(answer.run.last);
  then();
  if (answer.setting === fitting.setting) then = rest;
  showAll();
}

function showAll() {
  if (!view.shown) return;
  view.showSetting(sliding);
  view.showPlayer();
  showVerdict(view.shown, { change, bounce: () => preset(view, { change }, "bounce") });
  for (const refill of drawers) refill();
  view.redraw();
}

/** The first run is played after a moment, or stands where the address says. */
function begin() {
  const { run, player } = view;
  if (asked.lost) say("steps-problem", text("lostPoints"));
  if (asked.job) void watch((watching) => watching.resume(/** @type {string} */ (asked.job)));
  else if (asked.step >= 0) player.seek(run?.nearest(asked.step) ?? 0);
  else if (!STILL.matches) {
    player.seek(0);
    setTimeout(() => view.run === run && player.place === 0 && !player.moving && replay(), PAUSE_MS);
  }
}

/** A run stands at its end: what a rate does is seen at once. */
function rest() {}

/** A run that was chosen is played, where that is wanted and the hand does not hide it. */
function replay() {
  if (!STILL.matches) view.player.play();
  view.redraw();
}

function replayChosen() {
  if (FINE.matches) replay();
}

/**
 * @param {Error} error
 * @param {Setting} setting
 */
function refused(error, setting) {
  then = rest;
  const others = setting.points && setting.points !== view.shown?.setting.points;
  const place = others && document.querySelector("#data[open]") ? "pasted-problem" : "steps-problem";
  say(place, text("refused", { detail: error.message }));
  if (place === "pasted-problem") say("data-shown", "");
  showAll();
}

/** @param {boolean} yes */
function reachable(yes) {
  const notice = text("unreachable");
  if (!yes) say("notice", notice);
  else if (element("notice").textContent === notice) say("notice", "");
}

/** The address of what is shown, once nothing moves; of a job from its start. */
function addressed() {
  if (addressing) return;
  addressing = true;
  setTimeout(async () => {
    addressing = false;
    if (view.shown && !view.player.moving)
      history.replaceState(null, "", `#${await toFragment(view.shown.setting, step(), live?.id ?? null)}`);
  }, SETTLED_MS);
}

/** The step looked at, or -1 at the end, and at the start, from where it plays. */
function step() {
  const { run, player } = view;
  return run && player.place > 0 && player.place < run.last ? run.stepAt(player.place) : -1;
}

/* What is asked. */

/**
 * @param {Partial<Setting>} change
 * @param {() => void} next
 */
async function change(change, next = replayChosen) {
  then = next;
  leave();
  say("steps-problem", "");
  await fitting.change(change);
  say("said", element("verdict").textContent ?? "");
}

/** @param {Partial<Setting>} change */
function slide(change) {
  sliding = true;
  then = rest;
  leave();
  void fitting.change(change);
}

async function slid() {
  sliding = false;
  await fitting.ask();
  say("said", element("verdict").textContent ?? "");
  replayChosen();
}

/* Live runs. */

function toggleLive() {
  if (live) void live.stop();
  else void watch((watching) => watching.start());
}

/** Watches no longer, before something else is asked: a stream keeps a worker busy. */
function leave() {
  live?.leave();
  live = null;
  view.live = false;
  say("notice", "");
}

/** @param {(watching: Live) => Promise<void>} watched */
async function watch(watched) {
  if (!view.shown) return;
  const watching = new Live(view.shown, {
    begun: (run) => {
      view.run = run;
      view.player.load(0);
    },
    grown: () => live === watching && grown(),
    lost: () => notice("lost"),
    found: () => say("notice", ""),
    job: addressed,
  });
  leave();
  live = watching;
  view.live = true;
  view.showPlayer();
  const error = await watched(watching).catch((/** @type {Error} */ error) => error);
  if (live !== watching) return;
  live = null;
  view.live = false;
  say("notice", "");
  if (error) ended(error);
  view.redraw();
}

/** Stands at the newest step, unless a person looks at another one. */
function grown() {
  const { run, player } = view;
  if (!run || run.count === 0) return;
  const follows = player.place >= player.last;
  player.last = run.last;
  if (follows) player.place = run.last;
  notice("running");
  view.redraw();
}

/** @param {Error} error */
function ended(error) {
  if (error.name === "AbortError" || (error instanceof ProblemError && error.code === "cancelled")) notice("stopped");
  else if (error instanceof ProblemError) say("steps-problem", text("refused", { detail: error.message }));
  else if (view.run?.complete) notice(error instanceof GoneError ? "jobGone" : "silent");
  else notice("lostStream");
}

/** @param {string} name */
function notice(name) {
  const { run } = view;
  say("notice", text(name, { step: counted(run?.records.step[run.last] ?? 0), steps: counted(run?.steps ?? 0) }));
}

/* The page. */

const editing = new Editing(view.pictures.curve, {
  points: () => fitting.setting.points ?? view.run?.points ?? { t: [], y: [] },
  change: (points) => void change({ points, start: fitting.setting.start ?? view.run?.paramsAt(0) ?? null }, rest),
  edited: (edited) => {
    view.edited = edited;
    view.redraw();
  },
  said: (sentence) => {
    say("said", sentence);
    say("editing", sentence);
  },
});
controls(view, {
  setting: () => fitting.setting,
  change,
  slide,
  slid,
  still: () => STILL.matches,
  live: toggleLive,
  edit: (on) => {
    element("editing").hidden = !on;
    say("editing", text("editing"));
    editing.turn(on);
  },
});
drawers.push(
  dataDrawer({ setting: () => fitting.setting, change }),
  shareDrawer({ shown: () => view.shown, run: () => view.run, step, draw: () => view.drawAll() }),
);
looks(showAll);
addEventListener("hashchange", () => location.reload());
void fitting.ask();
