/** The page: it asks the service, and shows the answers. */

import { advanced } from "./advanced.js";
import { challengeDrawer } from "./attempts.js";
import { Challenge } from "./challenge.js";
import { controls } from "./controls.js";
import { dataDrawer } from "./data.js";
import { Editing } from "./editing.js";
import { element, say } from "./elements.js";
import { Fitting } from "./fitting.js";
import { Guide } from "./guide.js";
import { Live } from "./live.js";
import { looks } from "./looks.js";
import { exact } from "./methods.js";
import { counted } from "./numbers.js";
import { ranking } from "./ranking.js";
import { GoneError, ProblemError } from "./service.js";
import { fromFragment, LECTURE_RUN, POINTS, toFragment } from "./setting.js";
import { shareDrawer } from "./share.js";
import { explainTerms } from "./terms.js";
import { text } from "./texts.js";
import { showVerdict } from "./verdict.js";
import { View } from "./view.js";

const STILL = matchMedia("(prefers-reduced-motion: reduce)");
const FINE = matchMedia("(pointer: fine)");
/** Pause before the first run is played. */
const PAUSE_MS = 500;
/** Delay before the address is updated: browsers limit how often a page may change it. */
const SETTLED_MS = 250;
/** The maximum number of settings that can be undone. */
const UNDOABLE = 200;

const view = new View({ rested: addressed });
const address = await fromFragment(location.hash.slice(1));
const asked = exact(address.setting) ? address.challenge : null;
const fitting = new Fitting(address.setting, { shown, rejected, reachable });
/** @type {Live | null} */
let live = null;
/** Called once the next run is shown. */
let afterRun = begin;
/** @type {Setting[]} the settings before the current one */
const before = [];
/** @type {Setting[]} the settings that were undone */
const after = [];
let addressing = false;
/** @type {(() => void)[]} each updates its drawer, if the drawer is open */
const drawers = [];

/* Answers. */

/** @param {Shown} answer */
function shown(answer) {
  leave();
  view.shown = answer;
  view.run = answer.run;
  view.player.load(answer.run.last);
  afterRun();
  const latest = answer.setting === fitting.setting;
  if (latest) afterRun = rest;
  challenge.follow(answer, latest);
  showAll();
}

function showAll() {
  if (!view.shown) return;
  view.showSetting(fitting.dragged);
  for (const id of ["undo", "undo-data"]) element(id).disabled = before.length === 0;
  element("redo").disabled = after.length === 0;
  view.showPlayer();
  showVerdict(view.shown, { change, guide });
  challenge.show();
  const asking = element("main").classList.contains("asking");
  view.pictures.loss.element.setAttribute("aria-hidden", String(asking));
  for (const refill of drawers) refill();
  view.redraw();
}

/** Plays the first run after a moment, or shows the step, the job or the challenge of the address. */
function begin() {
  const { run, player } = view;
  if (address.problem) say("notice", text(address.problem, { low: POINTS.low, high: counted(POINTS.high) }));
  if (asked) challenge.begin();
  if (asked === "tried") void challenge.attempt();
  if (asked) return;
  if (address.job) void watch((watching) => watching.resume(/** @type {string} */ (address.job)));
  else if (address.step >= 0) player.seek(run?.nearest(address.step) ?? 0);
  else if (!STILL.matches) {
    player.seek(0);
    setTimeout(() => view.run === run && player.position === 0 && !player.moving && replay(), PAUSE_MS);
  }
}

/** Plays the run from its start, or shows its end if the user prefers reduced motion. */
function playFromStart() {
  if (STILL.matches) view.player.seek(view.player.last);
  else view.player.play();
  view.redraw();
}

/**
 * Loads the run up to a record, which is the last that the user can see.
 * @param {number} last
 */
function load(last) {
  view.player.load(last);
  view.redraw();
}

/** Leaves a run at its end, which shows at once what the rate does. */
function rest() {}

/** Plays a run, unless the user prefers reduced motion or has yet to try its rate. */
function replay() {
  if (challenge.choosing) return;
  if (!STILL.matches) view.player.play();
  view.redraw();
}

/** Plays a run that the user chose with a mouse: on a touch screen, the hand would hide it. */
function replayChosen() {
  if (FINE.matches) replay();
}

/**
 * @param {Error} error
 * @param {Setting} setting
 */
function rejected(error, setting) {
  if (!view.shown) {
    afterRun = () => say("notice", text("linkRejected", { detail: error.message }));
    afterRun();
    return;
  }
  afterRun = rest;
  const others = setting.points && setting.points !== view.shown.setting.points;
  const id = others && document.querySelector("#data[open]") ? "pasted-problem" : "steps-problem";
  say(id, text("rejected", { detail: error.message }));
  if (id === "pasted-problem") say("data-shown", "");
  showAll();
}

/** @param {boolean} yes */
function reachable(yes) {
  const notice = text("unreachable");
  if (!yes) say("notice", notice);
  else if (element("notice").textContent === notice) say("notice", "");
}

/** Writes what is shown into the address, once nothing moves. */
function addressed() {
  if (addressing) return;
  addressing = true;
  setTimeout(async () => {
    addressing = false;
    if (view.shown && !view.player.moving) history.replaceState(null, "", `#${await fragment(live?.id ?? null)}`);
  }, SETTLED_MS);
}

/**
 * Returns the fragment of the address of what is shown.
 * @param {string | null} job the id of the job that is shown
 */
function fragment(job) {
  const { setting } = view.shown ?? fitting;
  return toFragment(setting, step(), job, challenge.state);
}

/** Returns the selected step, or -1 at the end and at the start, where the page plays the run. */
function step() {
  const { run, player } = view;
  return run && player.position > 0 && player.position < run.last ? run.stepAt(player.position) : -1;
}

/* Questions. */

/**
 * @param {Partial<Setting>} change
 * @param {() => void} next
 */
function change(change, next = replayChosen) {
  remember();
  return show(change, next);
}

/** Remembers the setting that is about to change. */
function remember() {
  if (fitting.setting === before.at(-1)) return;
  before.push(fitting.setting);
  if (before.length > UNDOABLE) before.shift();
  after.length = 0;
}

/**
 * Asks for another setting, without remembering the current one.
 * @param {Partial<Setting>} change
 * @param {() => void} next
 */
async function show(change, next) {
  afterRun = next;
  leave();
  say("steps-problem", "");
  await fitting.change(change);
  sayVerdict();
}

/** @param {Partial<Setting>} change */
function slide(change) {
  if (!fitting.dragged) remember();
  fitting.dragged = true;
  afterRun = rest;
  leave();
  void fitting.change(change);
}

async function slid() {
  fitting.dragged = false;
  await fitting.change({});
  sayVerdict();
  replayChosen();
}

/** Says the verdict to screen readers, unless the user has yet to try the rate. */
function sayVerdict() {
  if (!challenge.choosing) say("said", element("verdict").textContent ?? "");
}

/**
 * Goes back to the last setting of one list, and puts the current one into the other.
 * @param {Setting[]} from
 * @param {Setting[]} to
 */
function restore(from, to) {
  const setting = from.pop();
  if (!setting) return;
  to.push(fitting.setting);
  void show(setting, rest);
}

/* Live runs. */

function toggleLive() {
  if (live) void live.stop();
  else void watch((watching) => watching.start());
}

/** Stops watching before the next question, because a stream keeps a worker busy. */
function leave() {
  live?.leave();
  live = null;
  view.live = false;
  say("notice", "");
}

/** @param {(watching: Live) => Promise<void>} action */
async function watch(action) {
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
  const error = await action(watching).catch((/** @type {Error} */ error) => error);
  if (live !== watching) return;
  live = null;
  view.live = false;
  say("notice", "");
  if (error) ended(error);
  view.redraw();
}

/** Moves on to the newest step, unless the user looks at another one. */
function grown() {
  const { run, player } = view;
  if (!run || run.count === 0) return;
  const follows = player.position >= player.last;
  player.last = run.last;
  if (follows) player.position = run.last;
  notice("running");
  view.redraw();
}

/** @param {Error} error */
function ended(error) {
  if (error.name === "AbortError" || (error instanceof ProblemError && error.code === "cancelled")) notice("stopped");
  else if (error instanceof ProblemError) say("steps-problem", text("rejected", { detail: error.message }));
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
  remember,
  change: (points) => void show({ points, start: fitting.setting.start ?? view.run?.paramsAt(0) ?? null }, rest),
  edited: (edited) => {
    view.edited = edited;
    view.redraw();
  },
  said: (sentence) => {
    say("said", sentence);
    say("editing", sentence);
  },
});
const guide = new Guide({
  change,
  wait: () => view.player.seek(0),
  play: playFromStart,
  changed: showAll,
});
const challenge = new Challenge({
  setting: () => fitting.setting,
  shown: () => view.shown,
  answered: () => fitting.asking,
  change: (change_) => change(change_, rest),
  wait: () => load(0),
  play: () => {
    load(view.run?.last ?? 0);
    playFromStart();
  },
  end: () => load(view.run?.last ?? 0),
  tried: (attempts) => {
    view.attempts = attempts;
  },
  changed: showAll,
  fragment: () => fragment(null),
  failed: ended,
});
element("lecture-run").onclick = () => change(LECTURE_RUN);
controls(view, {
  setting: () => fitting.setting,
  change,
  slide,
  slid,
  still: () => STILL.matches,
  live: toggleLive,
  undo: () => restore(before, after),
  redo: () => restore(after, before),
  edit: (on) => {
    element("editing").hidden = !on;
    say("editing", text("editing"));
    editing.turn(on);
  },
});
advanced({ setting: () => fitting.setting, change, count: () => view.run?.points.t.length ?? 0 });
drawers.push(
  dataDrawer({ setting: () => fitting.setting, change }),
  challengeDrawer({
    attempts: () => view.attempts,
    start: (steps) => {
      if (guide.on) guide.leave();
      challenge.start(steps);
    },
    again: ({ lr }) => void change({ rate: { lr } }),
  }),
  ranking((setting) => void challenge.open(setting)),
  shareDrawer({
    shown: () => view.shown,
    run: () => view.run,
    fragment: () => fragment(null),
    draw: () => view.drawAll(),
    caption: () => view.captionAt(view.player.position),
    moving: () => view.moving(),
  }),
);
explainTerms();
looks(() => {
  guide.show();
  showAll();
});
addEventListener("hashchange", () => location.reload());
void fitting.ask();
