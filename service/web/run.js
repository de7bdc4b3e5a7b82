// @ts-check
/** One descent: what was asked, every recorded step, and where each of them stands. */

/** @typedef {import("./numbers.js").Params} Params */
/** @typedef {import("./setting.js").Points} Points */
/** @typedef {{ eigenvalue: number, multiplier: number, start: number }} Mode */
/** @typedef {{ modes: Mode[], lr_limit: number | null, lr_no_bounce: number | null, lr_best: number | null, steps_to_one_percent: Record<string, number | null> | null }} Analysis */
/** @typedef {{ params: Params, loss: number, r2: number | null }} Optimum */
/** @typedef {{ rate: string, reach: string, overshoots: boolean, message: Record<string, string>, suggestion: Record<string, any> | null }} Verdict */
/** @typedef {{ step: number[], loss: number[], a: number[], b: number[], c: number[], gradient: number[] }} Records */

/** A direction is at rest within this part of its start's distance. */
const RESTS = 0.1;
/** Of the loss that is left, what the steepest direction may hold where the ball is said to rest. */
const ELSEWHERE = 0.05;

export class Run {
  /**
   * @param {{ points: Points, lr: number, steps: number, analysis: Analysis, optimum: Optimum, verdict: Verdict, result?: any }} told
   */
  constructor({ points, lr, steps, analysis, optimum, verdict, result }) {
    this.points = points;
    this.lr = lr;
    this.steps = steps;
    this.analysis = analysis;
    this.optimum = optimum;
    this.verdict = verdict;
    /** @type {Records} */
    this.records = { step: [], loss: [], a: [], b: [], c: [], gradient: [] };
    /** The service's own answer, without what only this page asked for; null while steps arrive. */
    this.result = result ?? null;
    const [steepest, ...flatter] = analysis.modes.filter((mode) => mode.eigenvalue > 0 && mode.start !== 0);
    /** @type {Mode | null} the steepest direction that moves */
    this.steepest = steepest ?? null;
    /** @type {Mode | null} the flattest other one */
    this.flattest = flatter.at(-1) ?? null;
  }

  /**
   * The run of an answer of POST /fit, with the history of its params and gradients.
   * @param {any} answer
   * @param {Points} points
   */
  static of(answer, points) {
    const { history, data, ...told } = answer;
    const result = { ...told, resolved: { ...told.resolved, include: [] } };
    const run = new Run({ ...answer, points, lr: answer.resolved.lr, steps: answer.resolved.steps, result });
    const { a, b, c } = history.params;
    const gradient = lengths(history.gradients);
    run.records = { step: history.step, loss: answer.losses, a, b, c, gradient };
    return run;
  }

  /**
   * Adds the records of an event.
   * @param {{ first: number, last: number, loss: number[], params: { a: number[], b: number[], c: number[] } }} event
   * @param {number} every how many steps there is a record
   */
  add({ first, last, loss, params }, every) {
    loss.forEach((value, i) => {
      this.records.step.push(Math.min(first + i * every, last));
      this.records.loss.push(value);
      this.records.a.push(params.a[i]);
      this.records.b.push(params.b[i]);
      this.records.c.push(params.c[i]);
    });
  }

  /** How many records there are. */
  get count() {
    return this.records.step.length;
  }

  /** The place of the last record. */
  get last() {
    return this.count - 1;
  }

  /** Whether every step that was asked for is here. */
  get complete() {
    return this.result !== null;
  }

  /** Whether the loss left all numbers. */
  get diverged() {
    return this.result?.outcome === "diverged";
  }

  /**
   * The step of a place among the records; places between two records belong to the first.
   * @param {number} place
   */
  stepAt(place) {
    return this.records.step[Math.floor(place)];
  }

  /**
   * The step of a place, with its part of the way to the next record.
   * @param {number} place
   */
  exactStep(place) {
    return between(this.records.step, place);
  }

  /**
   * The place of the first record from this step on, or of the last one.
   * @param {number} step
   */
  nearest(step) {
    const found = this.records.step.findIndex((each) => each >= step);
    return found < 0 ? this.last : found;
  }

  /** @param {number} place */
  lossAt(place) {
    return this.records.loss[Math.floor(place)];
  }

  /**
   * The curve at a place: between two records on the straight way from one to the other.
   * @param {number} place
   * @returns {Params}
   */
  paramsAt(place) {
    const { a, b, c } = this.records;
    return { a: between(a, place), b: between(b, place), c: between(c, place) };
  }

  /**
   * How far a direction's distance from the bottom is from it, in the start's: 1 at first, negative across the valley.
   * @param {Mode} mode
   * @param {number} place
   */
  distance(mode, place) {
    const { step } = this.records;
    const i = Math.floor(place);
    const here = power(mode.multiplier, step[i]);
    return i + 1 < step.length ? here + (place - i) * (power(mode.multiplier, step[i + 1]) - here) : here;
  }

  /**
   * The direction that holds the loss where the ball rests, if it is another one.
   * @param {number} place
   */
  holder(place) {
    const { steepest } = this;
    const over = this.verdict.reach === "converged" || this.verdict.reach === "diverged";
    if (!steepest || over || Math.abs(this.distance(steepest, place)) > RESTS) return null;
    const held = (/** @type {Mode} */ mode) => (mode.start * this.distance(mode, place)) ** 2;
    const moving = this.analysis.modes.filter((mode) => mode.eigenvalue > 0);
    const holder = moving.reduce((most, mode) => (held(mode) > held(most) ? mode : most), steepest);
    const notable = held(holder) > 0.01 * this.optimum.loss && held(steepest) < ELSEWHERE * held(holder);
    return notable && Math.abs(this.distance(holder, place)) > RESTS ? holder : null;
  }

  /** The records as lines of a CSV, the header first. */
  csv() {
    const { step, loss, a, b, c } = this.records;
    return ["step,loss,a,b,c", ...step.map((each, i) => [each, loss[i], a[i], b[i], c[i]].join(","))]
      .join("\n")
      .concat("\n");
  }
}

/**
 * The part of the way to the bottom that is made; 0 where it jumps across the valley.
 * @param {Mode} mode
 * @param {number} lr
 * @param {number} steps
 */
export function way(mode, lr, steps) {
  const pace = lr * mode.eigenvalue;
  return pace < 1 ? -Math.expm1(steps * Math.log1p(-pace)) : 0;
}

/**
 * A multiplier to a whole power, kept within numbers.
 * @param {number} multiplier
 * @param {number} step
 */
function power(multiplier, step) {
  return Math.max(-1e9, Math.min(1e9, multiplier ** step));
}

/**
 * @param {number[]} column
 * @param {number} place
 */
function between(column, place) {
  const i = Math.floor(place);
  return i + 1 < column.length ? column[i] + (place - i) * (column[i + 1] - column[i]) : column[i];
}

/**
 * @param {Record<string, number[]>} gradients
 * @returns {number[]}
 */
function lengths(gradients) {
  const columns = Object.values(gradients);
  return columns[0].map((_, i) => Math.hypot(...columns.map((column) => column[i])));
}
