/** One descent: the question, the answer, and every recorded step. */

import { between as mixed } from "./models.js";

/** A direction is at rest within this part of its start distance. */
const RESTS = 0.1;
/**
 * If the ball rests, the steepest direction has less than this part of the loss of the other
 * direction.
 */
const ELSEWHERE = 0.05;
/** Below this part of the first loss, what is above the optimum is rounding. */
const NOTHING_LEFT = 1e-12;
/**
 * Below this part of the steepest curvature, rounding hides a direction in the gradients, from which
 * its distance is computed if its multiplier is not known.
 */
const HIDDEN = 1e-11;

/** A distance is limited to this, in start distances, so that SVG can draw it. */
const FARTHEST = 1e9;

export class Run {
  /** @param {RunAnswer} answer */
  constructor({ points, lr, steps, analysis, optimum, optimizer, verdict, ridge, result }) {
    this.points = points;
    this.variance = variance(points.y);
    this.lr = lr;
    this.steps = steps;
    this.analysis = analysis;
    this.optimum = optimum ?? null;
    this.optimizer = optimizer ?? { kind: "sgd" };
    this.verdict = verdict;
    /** @type {Records} */
    this.records = { step: [], loss: [], params: {}, gradients: {} };
    /**
     * The answer of the service without the fields that only this page uses, or null while steps
     * arrive.
     */
    this.result = result ?? null;
    /** The directions whose distance is known. */
    this.modes = analysis.modes.filter(
      ({ eigenvalue, multiplier }) => multiplier !== null || eigenvalue > HIDDEN * analysis.modes[0].eigenvalue,
    );
    /** Those of them that move, the steepest first. */
    this.directions = this.modes.filter((mode) => mode.eigenvalue > 0 && mode.start !== 0);
    const [steepest, ...flatter] = this.directions;
    /** @type {Mode | null} the steepest direction that moves */
    this.steepest = steepest ?? null;
    /** @type {Mode | null} the flattest other direction that moves */
    this.flattest = flatter.at(-1) ?? null;
    /** What says each loss before the first step, or null if nothing does. */
    this.foreseen = ridge ? null : foreseen(analysis, this.lowest, this.directions);
  }

  /**
   * Returns the run of an answer of POST /fit that includes the history of params and gradients.
   * @param {any} answer
   * @param {Points} points
   */
  static of(answer, points) {
    const { history, data, ...others } = answer;
    const { resolved } = answer;
    const result = { ...others, resolved: { ...resolved, include: [] } };
    const run = new Run({ ...answer, ...method(resolved), points, result });
    const { step, params, gradients = {} } = history;
    run.records = { step, loss: answer.losses, params, gradients };
    return run;
  }

  /**
   * Adds the records of an event.
   * @param {StepsEvent} event
   * @param {number} every the number of steps from one record to the next
   */
  add({ first, last, loss, params, gradients = {} }, every) {
    const { records } = this;
    loss.forEach((value, i) => {
      records.step.push(Math.min(first + i * every, last));
      records.loss.push(value);
    });
    records.params = joined(records.params, params);
    records.gradients = /** @type {Columns} */ (joined(records.gradients, gradients));
  }

  /** The number of records. */
  get count() {
    return this.records.step.length;
  }

  /** Whether the distances are computed from the gradients. */
  get needsGradients() {
    return this.modes.some((mode) => mode.multiplier === null);
  }

  /** Whether the loss has directions, in which its curvature is the same everywhere. */
  get hasModes() {
    return this.analysis.modes.length > 0;
  }

  /** The limit of the rate, or null if none is known. */
  get limit() {
    return this.analysis.lr_limit;
  }

  /** The loss of the best fit, or null if it is not known. */
  get lowest() {
    return this.optimum ? this.optimum.loss : null;
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
   * Returns the loss at the last record up to a position. At the end it is 0 if the verdict says so,
   * because all of it is rounding.
   * @param {number} position
   */
  lossAt(position) {
    const ended = this.complete && position >= this.last;
    return ended && this.verdict.facts?.loss === 0 ? 0 : this.records.loss[Math.floor(position)];
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
    const { params } = this.records;
    if (!Array.isArray(params))
      return Object.fromEntries(Object.entries(params).map(([name, column]) => [name, between(column, position)]));
    const i = Math.floor(position);
    return i + 1 < params.length && position > i ? mixed(params[i], params[i + 1], position - i) : params[i];
  }

  /**
   * Returns the length of the gradient at a record, or null if it is not known.
   * @param {number} i
   */
  gradientAt(i) {
    const columns = Object.values(this.records.gradients);
    return columns.length > 0 ? Math.hypot(...columns.map((column) => column[i])) : null;
  }

  /**
   * Returns the distance from the bottom in a direction, as a part of the start distance. It is
   * negative across the valley.
   * @param {Mode} mode
   * @param {number} position
   */
  distance(mode, position) {
    const i = Math.floor(position);
    const here = this.distanceAt(mode, i);
    return i < this.last && position > i ? here + (position - i) * (this.distanceAt(mode, i + 1) - here) : here;
  }

  /**
   * Returns the distance at a record: a power of the multiplier or, if steps have no constant one,
   * the part of the gradient in this direction.
   * @param {Mode} mode
   * @param {number} i
   */
  distanceAt({ multiplier, eigenvalue, start, direction }, i) {
    const { step, gradients } = this.records;
    if (multiplier !== null) return limited(multiplier ** step[i]);
    let slope = 0;
    for (const name in gradients) slope += direction[name] * gradients[name][i];
    return limited(slope / (start * Math.sqrt(2 * eigenvalue)));
  }

  /**
   * Returns the part of the way to the bottom that is done in a direction, or 0 if the ball is
   * farther away than at the start or across the valley.
   * @param {Mode} mode
   * @param {number} position
   */
  progress(mode, position) {
    if (mode.multiplier !== null) return progress(mode, this.lr, this.stepAt(position));
    const left = this.distance(mode, position);
    return left > 0 && left < 1 ? 1 - left : 0;
  }

  /**
   * Returns the part of the loss above the optimum that belongs to a direction. Returns null if
   * nothing is left, or if two distances are too large to compare them.
   * @param {Mode} mode
   * @param {number} position
   */
  share(mode, position) {
    if (this.modes.filter((each) => Math.abs(this.distance(each, position)) >= FARTHEST).length > 1) return null;
    const excess = (/** @type {Mode} */ each) => each.eigenvalue && (each.start * this.distance(each, position)) ** 2;
    const whole = this.modes.reduce((sum, each) => sum + excess(each), 0);
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
    const moving = this.modes.filter((mode) => mode.eigenvalue > 0);
    const holder = moving.reduce((most, mode) => (held(mode) > held(most) ? mode : most), steepest);
    const notable = held(holder) > 0.01 * (this.lowest ?? 0) && held(steepest) < ELSEWHERE * held(holder);
    return notable && Math.abs(this.distance(holder, position)) > RESTS ? holder : null;
  }

  /** Returns the records as a CSV with a header. The parameters of a network are not in it. */
  csv() {
    const { step, loss, params } = this.records;
    const columns = Array.isArray(params) ? {} : params;
    const rows = step.map((each, i) => [each, loss[i], ...Object.values(columns).map((column) => column[i])]);
    return [["step", "loss", ...Object.keys(columns)], ...rows].map((row) => `${row.join(",")}\n`).join("");
  }
}

/**
 * Returns the fields of a run that are in the request as it was run.
 * @param {any} resolved
 */
export function method({ lr, steps, optimizer }) {
  return { lr, steps, optimizer };
}

/**
 * Returns records with those of an event after them.
 * @param {Columns | Params[]} before
 * @param {Columns | Params[]} after
 * @returns {any}
 */
function joined(before, after) {
  if (Array.isArray(after)) return Array.isArray(before) ? [...before, ...after] : after;
  for (const [name, column] of Object.entries(after)) {
    const known = /** @type {Columns} */ (before);
    known[name] ??= [];
    known[name].push(...column);
  }
  return before;
}

/**
 * Returns the directions if they say each loss before the first step, as for plain steps.
 * @param {Analysis} analysis
 * @param {number | null} lowest
 * @param {Mode[]} directions
 * @returns {Foreseen | null}
 */
function foreseen({ basis }, lowest, directions) {
  return basis === "exact" && lowest !== null && known(directions) ? { lowest, directions } : null;
}

/**
 * Returns whether every step multiplies the distances by known numbers.
 * @param {Mode[]} modes
 * @returns {modes is KnownMode[]}
 */
export function known(modes) {
  return modes.every(({ multiplier }) => multiplier !== null);
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

/** @param {number} distance */
function limited(distance) {
  return Math.max(-FARTHEST, Math.min(FARTHEST, distance));
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
export function between(column, position) {
  const i = Math.floor(position);
  return i + 1 < column.length ? column[i] + (position - i) * (column[i + 1] - column[i]) : column[i];
}

/**
 * Returns the loss that the curvature predicts after a step. In each direction, every step
 * multiplies the distance from the bottom by the same number, and the loss is its square.
 * @param {Foreseen} foreseen
 * @param {number} step
 */
export function predictedLoss({ lowest, directions }, step) {
  return directions.reduce((sum, { start, multiplier }) => sum + (start * multiplier ** step) ** 2, lowest);
}
