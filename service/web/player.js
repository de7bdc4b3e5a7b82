// @ts-check
/** Moves a place along the records of a run: played, step by step, or wherever it is put. */

/** Milliseconds of the slow walk through one step, which the lecture's seven steps need to be seen. */
const SLOW = 1400;
/** Steps beyond which playing is shortened to about the time of so many. */
const SHORT = 40;
/** Of a slow step: predict, loss, gradient, and then the step itself. */
const PHASES = 4;

export class Player {
  constructor() {
    /** Where it is: the index of a record, and the part of the way to the next. */
    this.place = 0;
    this.last = 0;
    this.speed = 1;
    this.playing = false;
    /** @type {{ from: number, began: number } | null} a slow step on its way */
    this.stepping = null;
    /** Which of the phases of a slow step is seen, or -1. */
    this.phase = -1;
    this.now = 0;
  }

  /**
   * Begins anew with another run, at its end.
   * @param {number} last the place of its last record
   */
  load(last) {
    this.last = last;
    this.seek(last);
  }

  /** Plays on, or again where it has ended. */
  play() {
    if (this.place >= this.last) this.place = 0;
    this.seek(this.place);
    this.playing = this.last > 0;
    this.now = 0;
  }

  /** Stands still at a record. */
  pause() {
    this.seek(Math.round(this.place));
  }

  /** @param {number} place */
  seek(place) {
    this.playing = false;
    this.stepping = null;
    this.phase = -1;
    this.place = Math.max(0, Math.min(this.last, place));
  }

  back() {
    this.seek(Math.ceil(this.place) - 1);
  }

  /**
   * One step on, slowly; a step that is on its way is ended first.
   * @param {boolean} still without motion
   */
  forth(still) {
    const from = this.stepping ? this.stepping.from + 1 : Math.floor(this.place);
    this.seek(from);
    if (from >= this.last) return;
    if (still) this.place = from + 1;
    else this.stepping = { from, began: 0 };
  }

  /** Whether there is something to draw at the next frame. */
  get moving() {
    return this.playing || this.stepping !== null;
  }

  /**
   * Moves on to a time.
   * @param {number} now in milliseconds
   */
  advance(now) {
    if (this.stepping) this.walk(now, this.stepping);
    else if (this.playing) this.run(Math.min(now - (this.now || now), 250) * this.speed);
    this.now = now;
  }

  /**
   * @param {number} now
   * @param {{ from: number, began: number }} stepping
   */
  walk(now, stepping) {
    stepping.began ||= now;
    const part = ((now - stepping.began) / SLOW) * this.speed;
    this.phase = Math.min(PHASES - 1, Math.floor(part * PHASES));
    this.place = stepping.from + eased(Math.max(0, Math.min(1, part * PHASES - (PHASES - 1))));
    if (part >= 1) this.seek(stepping.from + 1);
  }

  /** @param {number} elapsed in milliseconds, at the speed chosen */
  run(elapsed) {
    let left = elapsed;
    while (left > 0 && this.place < this.last) {
      const from = Math.floor(this.place);
      const length = this.length(from);
      const time = uneased(this.place - from) * length;
      if (left < length - time) {
        this.place = from + eased((time + left) / length);
        return;
      }
      left -= length - time;
      this.place = from + 1;
    }
    if (this.place >= this.last) this.seek(this.last);
  }

  /**
   * How long the walk from a record to the next takes.
   * @param {number} record
   */
  length(record) {
    return Math.max(83, 520 * 0.86 ** record) * (this.last > SHORT ? SHORT / this.last : 1);
  }
}

/** @param {number} part */
function eased(part) {
  return part * part * (3 - 2 * part);
}

/**
 * The part of the time at which so much of the way is made.
 * @param {number} part
 */
function uneased(part) {
  return 0.5 - Math.sin(Math.asin(1 - 2 * part) / 3);
}
