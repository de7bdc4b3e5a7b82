/** The view of a run: it redraws at most once per frame, and only what is visible. */

import { showMethod } from "./advanced.js";
import { drawCurve } from "./curve.js";
import { drawDial, presets, SHADES, spokenRate } from "./dial.js";
import { element, say } from "./elements.js";
import { showLecture, showNumbers } from "./lecture.js";
import { drawLoss, steps as stepAxis } from "./loss.js";
import { methodName } from "./methods.js";
import { movingPicture } from "./moving.js";
import { counted, percent, percentFrom, written } from "./numbers.js";
import { Player } from "./player.js";
import { Picture } from "./svg.js";
import { showTables } from "./tables.js";
import { text } from "./texts.js";
import { show } from "./typed.js";
import { drawValley } from "./valley.js";
import { showGoing } from "./verdict.js";
import { drawWalk } from "./walk.js";
import { showWay } from "./way.js";

/** With more steps than this, their scale is logarithmic, unless the user chooses. */
const MANY_STEPS = 1000;
/** The difference between a rate and its three digits, as a part of it. */
const ROUNDED = 0.005;
/** A smaller share of the loss is written as less than this. */
const LEAST_SHARE = 1e-4;
/** While a run plays, the tables are filled at most this often. */
const TABLES_MS = 1000;

export class View {
  /** @param {{ rested: () => void }} listener called when nothing moves any more */
  constructor({ rested }) {
    this.rested = rested;
    this.player = new Player();
    this.logLoss = true;
    /** @type {boolean | null} the user's choice, if there is one */
    this.logSteps = null;
    /** @type {Shown | null} the last good answer */
    this.shown = null;
    /** @type {Run | null} the run that is drawn: that of the last answer, or a live one */
    this.run = null;
    /** Whether steps arrive. */
    this.live = false;
    /** @type {Edited} */
    this.edited = { chosen: -1, held: null };
    /** @type {Attempt[]} those at the challenge */
    this.attempts = [];
    this.redrawing = 0;
    /** When the tables were filled last. */
    this.filled = 0;
    const picture = (/** @type {string} */ id) => new Picture(id, () => this.redraw());
    this.pictures = {
      walk: picture("walk"),
      curve: picture("curve"),
      dial: picture("dial"),
      loss: picture("loss"),
      valley: picture("valley"),
    };
  }

  /** The scales of the loss. Many steps need a logarithmic one. */
  get scales() {
    return { logLoss: this.logLoss, logSteps: this.logSteps ?? (this.run?.steps ?? 0) > MANY_STEPS };
  }

  redraw() {
    this.redrawing ||= requestAnimationFrame((now) => this.draw(now));
  }

  /** @param {number} now */
  draw(now) {
    const { run, shown, player } = this;
    this.redrawing = 0;
    if (!run || !shown || run.count === 0) return;
    player.advance(now);
    element("main").dataset.shade = SHADES[run.verdict.rate];
    this.drawPictures(run, shown, player.position, (picture) => picture.drawable);
    this.describe(run, shown, player.position);
    this.fillTables(run, shown, now);
    if (player.moving) this.redraw();
    else this.rested();
  }

  /**
   * Returns what the pictures show at a position, in two lines: the rate and the method, unless it
   * is the lecture's, and the step with its loss.
   * @param {number} position
   */
  captionAt(position) {
    const { run, shown } = this;
    if (!run || !shown) return "";
    const method = methodName(shown.setting);
    const part = run.limit ? text("partOfLimit", { part: percent(run.lr / run.limit) }) : "";
    return text("caption", {
      lr: written(run.lr),
      part: [part, method]
        .filter(Boolean)
        .map((each) => `, ${each}`)
        .join(""),
      step: counted(run.stepAt(position)),
      steps: counted(run.steps),
      loss: written(run.lossAt(position)),
    });
  }

  /** Draws all pictures, also those out of sight, so that they can be downloaded. */
  drawAll(position = this.player.position) {
    const { run, shown } = this;
    if (run && shown && run.count > 0) this.drawPictures(run, shown, position, (picture) => picture.width > 0);
  }

  /** Returns the run as a moving picture, or null if no run is there. */
  moving() {
    const { run, player } = this;
    if (!run || run.count === 0) return null;
    this.drawAll(0);
    const made = movingPicture(
      this.pictures,
      run,
      (position) => player.length(position),
      (position) => this.captionAt(position),
    );
    this.drawAll();
    return made;
  }

  /**
   * @param {Run} run
   * @param {Shown} shown
   * @param {number} position
   * @param {(picture: Picture) => boolean} wanted
   */
  drawPictures(run, { sweep, setting }, position, wanted) {
    const { walk, curve, dial, loss, valley } = this.pictures;
    /** @type {[string, string]} */
    const names = setting.points ? [nameOfT(setting.since), "y"] : [text("seconds"), text("speed")];
    if (wanted(walk)) drawWalk(walk, run, position);
    if (wanted(curve)) drawCurve(curve, run, position, { names, ...this.edited });
    if (wanted(dial)) drawDial(dial, sweep, run, this.attempts);
    if (wanted(loss)) drawLoss(loss, run, position, this.scales);
    if (wanted(valley)) drawValley(valley, run, position);
  }

  /**
   * Writes the numbers and words of the selected step.
   * @param {Run} run
   * @param {Shown} shown
   * @param {number} position
   */
  describe(run, { setting }, position) {
    const { player } = this;
    const step = run.stepAt(position);
    const stepOf = text("stepOf", { step: counted(step), steps: counted(run.steps) });
    showGoing(run, position);
    say("share-left", shareLeft(run, Math.floor(position)));
    showWay(run, position);
    say("loss-now", written(run.lossAt(position)));
    show(element("step"), counted(step));
    say("step-of", text("ofSteps", { steps: counted(run.steps) }));
    element("scrub").value = String(stepAxis(run, this.scales.logSteps)(run.exactStep(position) + 1));
    element("scrub").setAttribute("aria-valuetext", stepOf);
    element("log-steps").setAttribute("aria-pressed", String(this.scales.logSteps));
    this.showPlayer();
    showNumbers(run, position);
    showLecture(run, { position, phase: player.phase, playing: player.playing, walked: setting.walked });
  }

  /**
   * Fills the tables if they are open. While the run plays, they have the steps made so far.
   * @param {Run} run
   * @param {Shown} shown
   * @param {number} now in milliseconds
   */
  fillTables(run, { sweep }, now) {
    const { player } = this;
    const tables = /** @type {HTMLDetailsElement} */ (document.getElementById("tables"));
    const soon = (player.moving || this.live) && now - this.filled < TABLES_MS;
    if (!tables.open || soon) return;
    this.filled = now;
    showTables(run, sweep, player.position, player.moving ? Math.floor(player.position) + 1 : run.count);
  }

  showPlayer() {
    const { player, live } = this;
    const name = player.playing ? "pause" : player.last > 0 && player.position >= player.last ? "again" : "play";
    const sign = { pause: "❚❚", again: "↻", play: "▶" }[name];
    say("play", `${sign} ${text(name)}`);
    say("play-here", sign);
    element("play-here").setAttribute("aria-label", text(name));
    say("live", text(live ? "stop" : "live"));
    element("back").disabled = player.position <= 0;
    element("forth").disabled = player.position >= player.last;
  }

  /** @param {boolean} sliding whether the user moves the slider of the rate */
  showSetting(sliding) {
    if (!this.shown) return;
    const { setting, sweep, run } = this.shown;
    const shade = SHADES[run.verdict.rate];
    const { limit } = run;
    element("main").dataset.shade = shade;
    element("main").dataset.reach = run.verdict.reach;
    element("about-lecture").hidden = setting.points !== null;
    element("about-own").hidden = setting.points === null;
    show(element("lr"), written(run.lr));
    element("of-limit").hidden = limit === null;
    if (limit) show(element("part"), percent(run.lr / limit));
    const rate = element("rate");
    rate.min = String(Math.log10(sweep.track.low));
    rate.max = String(Math.log10(sweep.track.high));
    if (!sliding) rate.value = String(Math.log10(run.lr / sweep.unit));
    rate.setAttribute("aria-valuetext", spokenRate(run));
    const parts = presets(sweep);
    const isBest = Math.abs(run.lr / sweep.unit / (parts.bestTried ?? 0) - 1) < ROUNDED;
    this.showPresets(isBest ? "bestTried" : shade, parts);
    show(element("steps"), counted(setting.steps));
    element("scale").value = setting.scale;
    showMethod(setting, run);
    element("from-start").hidden = setting.walked === 0;
    say("walked", setting.walked ? text("walked", { steps: counted(setting.walked) }) : "");
  }
  /**
   * @param {string} pressed the name of the button of the rate
   * @param {Record<string, number | null>} parts the rates that the buttons choose from this start
   */
  showPresets(pressed, parts) {
    const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("[data-preset]"));
    Object.entries(parts).forEach(([name, part], i) => {
      const button = buttons[i];
      button.dataset.preset = name;
      button.textContent = text(name);
      button.setAttribute("aria-pressed", String(name === pressed));
      button.disabled = part === null && name !== pressed;
      button.title = button.disabled ? text("noneHere") : "";
    });
  }
}

/**
 * Returns the name of the axis of the user's t.
 * @param {string} since what t is counted from, or an empty text
 */
function nameOfT(since) {
  if (since === "") return "t";
  return text(Number.isNaN(Number(since)) ? "daysSince" : "tSince", { since });
}

/**
 * Returns how much of the loss above the best fit the direction of the walk still holds, or what the
 * walk of a network shows.
 * @param {Run} run
 * @param {number} position
 */
function shareLeft(run, position) {
  if (!run.hasModes) return text("fromAbove");
  const share = run.steepest && run.share(run.steepest, position);
  if (share === null) return "";
  return text("shareLeft", { part: percentFrom(LEAST_SHARE, share) });
}
