// @ts-check
/** One descent: the question, the answer, and every recorded step. */

/** @typedef {import("./numbers.js").Params} Params */
/** @typedef {import("./setting.js").Points} Points */
/** @typedef {{ eigenvalue: number, multiplier: number, start: number }} Mode */
/** @typedef {{ basis: string, modes: Mode[], lr_limit: number | null, lr_no_bounce: number | null, lr_best: number | null, steps_to_one_percent: Record<string, number | null> | null }} Analysis */
/** @typedef {{ params: Params, loss: number, r2: number | null }} Optimum */
/** @typedef {{ rate: string, reach: string, overshoots: boolean, message: Record<string, string>, suggestion: Record<string, any> | null }} Verdict */
/** @typedef {{ step: number[], loss: number[], a: number[], b: number[], c: number[], gradient: number[] }} Records */

/** A direction is at rest within this part of its start distance. */
const RESTS = 0.1;
/**
 * If the ball rests, the steepest direction has less than this part of the loss of the other
 * direction.
 */
const ELSEWHERE = 0.05;
/** Below this part of the first loss, what is above the optimum is rounding. */
const NOTHING_LEFT = 1e-12;

export class Run {
  /**
   * @param {{ points: Points, lr: number, steps: number, analysis: Analysis, optimum: Optimum, verdict: Verdict, ridge?: object | null, result?: any }} answer
   */
  constructor({ points, lr, steps, analysis, optimum, verdict, ridge, result }) {
    this.points = points;
    this.variance = variance(points.y);
    this.lr = lr;
    this.steps = steps;
    this.analysis = analysis;
    this.optimum = optimum;
    this.verdict = verdict;
    /** @type {Records} */
    this.records = { step: [], loss: [], a: [], b: [], c: [], gradient: [] };
    /**
     * The answer of the service without the fields that only this page uses, or null while steps
     * arrive.
     */
    this.result = result ?? null;
    /** The directions that move, the steepest first. */
    this.directions = analysis.modes.filter((mode) => mode.eigenvalue > 0 && mode.start !== 0);
    const [steepest, ...flatter] = this.directions;
    /** @type {Mode | null} the steepest direction that moves */
    this.steepest = steepest ?? null;
    /** @type {Mode | null} the flattest other direction that moves */
    this.flattest = flatter.at(-1) ?? null;
    /**
     * Whether the directions say each loss before the first step. With momentum, batches and other
     * optimizers they do not, and weight decay minimises another loss.
     */
    this.foreseen = analysis.basis === "exact" && !ridge && this.directions.every((mode) => mode.multiplier !== null);
  }

  /**
   * Returns the run of an answer of POST /fit that includes the history of params and gradients.
   * @param {any} answer
   * @param {Points} points
   */
  static of(answer, points) {
    const { history, data, ...others } = answer;
    const result = { ...others, resolved: { ...others.resolved, include: [] } };
    const run = new Run({ ...answer, points, lr: answer.resolved.lr, steps: answer.resolved.steps, result });
    const { a, b, c } = history.params;
    const gradient = lengths(history.gradients);
    run.records = { step: history.step, loss: answer.losses, a, b, c, gradient };
    return run;
  }

  /**
   * Adds the records of an event.
   * @param {{ first: number, last: number, loss: number[], params: { a: number[], b: number[], c: number[] } }} event
   * @param {number} every the number of steps from one record to the next
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

  /** The number of records. */
  get count() {
    return this.records.step.length;
  }

  /** The position of the last record. */
  get last() {
    return this.count - 1;
  }

  /** Whether all steps have arrived. */
  get complete() {
    return this.result !== null;
  }

  /** Whether the loss no longer fits a number. */
  get diverged() {
    return this.result?.outcome === "diverged";
  }

  /**
   * Returns the step of a position among the records. Positions between two records belong to the
   * first.
   * @param {number} position
   */
  stepAt(position) {
    return this.records.step[Math.floor(position)];
  }

  /**
   * Returns the step of a position, plus the part of the way to the next record.
   * @param {number} position
   */
  exactStep(position) {
    return between(this.records.step, position);
  }

  /**
   * Returns the position of the first record from this step on, or of the last record.
   * @param {number} step
   */
  nearest(step) {
    const found = this.records.step.findIndex((each) => each >= step);
    return found < 0 ? this.last : found;
  }

  /**
   * Returns the loss at the last record up to a position.
   * @param {number} position
   */
  lossAt(position) {
    return this.records.loss[Math.floor(position)];
  }

  /**
   * Returns the coefficient of determination at the last record up to a position.
   * @param {number} position
   */
  r2At(position) {
    return 1 - this.lossAt(position) / this.variance;
  }

  /**
   * Returns the curve at a position. Between two records, it is on the straight line from one to
   * the other.
   * @param {number} position
   * @returns {Params}
   */
  paramsAt(position) {
    const { a, b, c } = this.records;
    return { a: between(a, position), b: between(b, position), c: between(c, position) };
  }

  /**
   * Returns the distance from the bottom in a direction, as a part of the start distance. It is
   * negative across the valley.
   * @param {Mode} mode
   * @param {number} position
   */
  distance(mode, position) {
    const { step } = this.records;
    const i = Math.floor(position);
    const here = power(mode.multiplier, step[i]);
    return i + 1 < step.length ? here + (position - i) * (power(mode.multiplier, step[i + 1]) - here) : here;
  }

  /**
   * Returns the part of the loss above the optimum that belongs to a direction, or null if nothing
   * is left.
   * @param {Mode} mode
   * @param {number} position
   */
  share(mode, position) {
    const excess = (/** @type {Mode} */ each) => each.eigenvalue && (each.start * this.distance(each, position)) ** 2;
    const whole = this.analysis.modes.reduce((sum, each) => sum + excess(each), 0);
    return whole > NOTHING_LEFT * this.records.loss[0] ? excess(mode) / whole : null;
  }

  /**
   * Returns the direction that keeps the loss high if the ball rests in the steepest one, or null.
   * @param {number} position
   */
  holder(position) {
    const { steepest } = this;
    const over = this.verdict.reach === "converged" || this.verdict.reach === "diverged";
    if (!steepest || over || Math.abs(this.distance(steepest, position)) > RESTS) return null;
    const held = (/** @type {Mode} */ mode) => (mode.start * this.distance(mode, position)) ** 2;
    const moving = this.analysis.modes.filter((mode) => mode.eigenvalue > 0);
    const holder = moving.reduce((most, mode) => (held(mode) > held(most) ? mode : most), steepest);
    const notable = held(holder) > 0.01 * this.optimum.loss && held(steepest) < ELSEWHERE * held(holder);
    return notable && Math.abs(this.distance(holder, position)) > RESTS ? holder : null;
  }

  /** Returns the records as a CSV with a header. */
  csv() {
    const { step, loss, a, b, c } = this.records;
    return ["step,loss,a,b,c", ...step.map((each, i) => [each, loss[i], a[i], b[i], c[i]].join(","))]
      .join("\n")
      .concat("\n");
  }
}

/**
 * Returns the part of the way to the bottom that is done, or 0 if steps jump across the valley.
 * @param {Mode} mode
 * @param {number} lr
 * @param {number} steps
 */
export function progress(mode, lr, steps) {
  const pace = lr * mode.eigenvalue;
  return pace < 1 ? -Math.expm1(steps * Math.log1p(-pace)) : 0;
}

/**
 * Returns a multiplier to the power of a step, limited to numbers that SVG can draw.
 * @param {number} multiplier
 * @param {number} step
 */
function power(multiplier, step) {
  return Math.max(-1e9, Math.min(1e9, multiplier ** step));
}

/**
 * Returns the variance of the values.
 * @param {number[]} values
 */
function variance(values) {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  return values.reduce((sum, value) => sum + (value - mean) ** 2 / values.length, 0);
}

/**
 * Returns the value of a column at a position between two records.
 * @param {number[]} column
 * @param {number} position
 */
function between(column, position) {
  const i = Math.floor(position);
  return i + 1 < column.length ? column[i] + (position - i) * (column[i + 1] - column[i]) : column[i];
}

/**
 * Returns the length of each gradient.
 * @param {Record<string, number[]>} gradients
 * @returns {number[]}
 */
function lengths(gradients) {
  const columns = Object.values(gradients);
  return columns[0].map((_, i) => Math.hypot(...columns.map((column) => column[i])));
}
