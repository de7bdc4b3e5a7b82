/**
 * The player, which moves along the records of a run: it plays the run, steps through it, or goes
 * to any record.
 */

/** Duration of a slow step, in which the user can see the seven steps of the lecture. */
const SLOW_STEP_MS = 1400;
/** A run with more steps than this is played in about the time of this many steps. */
const FULL_LENGTH = 40;
/** The number of phases of a slow step: predict, loss, gradient, and the step itself. */
const PHASES = 4;

export class Player {
  /** The index of a record, plus the part of the way to the next record. */
  position = 0;
  last = 0;
  speed = 1;
  playing = false;
  /** @type {{ from: number, began: number } | null} the current slow step */
  stepping = null;
  /** The current phase of a slow step, or -1. */
  phase = -1;
  now = 0;

  /**
   * Goes to the end of another run.
   * @param {number} last the position of its last record
   */
  load(last) {
    this.last = last;
    this.seek(last);
  }

  /** Plays from here, or from the start if the run has ended. */
  play() {
    if (this.position >= this.last) this.position = 0;
    this.seek(this.position);
    this.playing = this.last > 0;
    this.now = 0;
  }

  /** Stops at the nearest record. */
  pause() {
    this.seek(Math.round(this.position));
  }

  /** @param {number} position */
  seek(position) {
    this.playing = false;
    this.stepping = null;
    this.phase = -1;
    this.position = Math.max(0, Math.min(this.last, position));
  }

  back() {
    this.seek(Math.ceil(this.position) - 1);
  }

  /**
   * Makes one slow step forward. Ends the current slow step first.
   * @param {boolean} still whether to step without motion
   */
  forth(still) {
    const from = this.stepping ? this.stepping.from + 1 : Math.floor(this.position);
    this.seek(from);
    if (from >= this.last) return;
    if (still) this.position = from + 1;
    else this.stepping = { from, began: 0 };
  }

  /** Whether the next frame shows another position. */
  get moving() {
    return this.playing || this.stepping !== null;
  }

  /**
   * Moves on to this time.
   * @param {number} now in milliseconds
   */
  advance(now) {
    if (this.stepping) this.walk(now, this.stepping);
    else if (this.playing) this.run(Math.min(now - (this.now || now), 250) * this.speed);
    this.now = now;
  }

  /**
   * Moves through a slow step.
   * @param {number} now
   * @param {{ from: number, began: number }} stepping
   */
  walk(now, stepping) {
    stepping.began ||= now;
    const part = ((now - stepping.began) / SLOW_STEP_MS) * this.speed;
    this.phase = Math.min(PHASES - 1, Math.floor(part * PHASES));
    this.position = stepping.from + eased(Math.max(0, Math.min(1, part * PHASES - (PHASES - 1))));
    if (part >= 1) this.seek(stepping.from + 1);
  }

  /**
   * Moves through the records.
   * @param {number} elapsed in milliseconds, at the chosen speed
   */
  run(elapsed) {
    let left = elapsed;
    while (left > 0 && this.position < this.last) {
      const from = Math.floor(this.position);
      const length = this.length(from);
      const time = uneased(this.position - from) * length;
      if (left < length - time) {
        this.position = from + eased((time + left) / length);
        return;
      }
      left -= length - time;
      this.position = from + 1;
    }
    if (this.position >= this.last) this.seek(this.last);
  }

  /**
   * Returns the milliseconds from this record to the next.
   * @param {number} record
   */
  length(record) {
    return Math.max(83, 520 * 0.86 ** record) * (this.last > FULL_LENGTH ? FULL_LENGTH / this.last : 1);
  }
}

/**
 * Returns the part of the way after this part of the time.
 * @param {number} part
 */
function eased(part) {
  return part * part * (3 - 2 * part);
}

/**
 * Returns the part of the time after which this part of the way is done.
 * @param {number} part
 */
function uneased(part) {
  return 0.5 - Math.sin(Math.asin(1 - 2 * part) / 3);
}
