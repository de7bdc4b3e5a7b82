/**
 * Keeps what is shown up to date with the setting: one question at a time, and the latest one wins.
 * A fit returns the steps and, at the same time, a sweep returns the losses at other rates. If the
 * start is not known, a fit of one step returns it first, with the points.
 */

import { scaleOf, suits, tried } from "./dial.js";
import { exact, limitKnown, methodFields } from "./methods.js";
import { Run } from "./run.js";
import { ask, ProblemError, UnreachableError } from "./service.js";
import { FIRST, GOOD_PART, isLecture, LECTURE } from "./setting.js";

/** @typedef {{ points: Points | null, start: Params | null }} Begun the points and start of a descent, or null if the fit returns them */

/** While the rate is dragged, the number of records that are enough. */
const FEW_RECORDS = 500;
/** Delay before a retry if the service does not answer. */
const RETRY_MS = 1500;
/** The start of the lecture, which its seed draws after the noise of its points. */
const LECTURE_START = { a: -0.765838623046875, b: -0.7506223320960999, c: 1.3525477647781372 };
/** The changes after which a rate is no longer the same part of the limit. */
const MOVES = ["points", "synthetic", "scale", "degree", "optimizer", "amount"];

export class Fitting {
  /**
   * @param {Setting} setting
   * @param {FittingListener} listener
   */
  constructor(setting, listener) {
    /** The setting that the user asked for last. */
    this.setting = setting;
    this.listener = listener;
    /** Whether the rate is dragged, so that some of the records are enough. */
    this.dragged = false;
    /** @type {Shown | null} the last good answer */
    this.shown = null;
    /** @type {Promise<void> | null} */
    this.asking = null;
    this.drawn = remembered(draw);
    this.compared = remembered(compare);
    /** The synthetic points that the last fits returned, and the question that draws them. */
    this.synthetic = { question: "", points: /** @type {Points | null} */ (null) };
  }

  /** @param {Partial<Setting>} change */
  change(change) {
    const next = { ...this.setting, ...change };
    this.setting = { ...next, rate: change.rate ?? this.rateOf(next, change) };
    return this.ask();
  }

  /**
   * Returns the rate after a change. If the limit changes, it stays the same part of the limit. For
   * a method that has another kind of rates, it is one to begin with.
   * @param {Setting} next
   * @param {Partial<Setting>} change
   * @returns {Rate}
   */
  rateOf(next, change) {
    const { rate, model } = this.setting;
    const limited = limitKnown(next);
    if (limited !== limitKnown(this.setting) || next.model !== model) return limited ? { part: GOOD_PART } : "best";
    const limit = this.shown?.sweep.limit;
    if (!limited || !limit || rate === "best" || !("lr" in rate)) return rate;
    return MOVES.some((name) => name in change) ? { part: rate.part ?? rate.lr / limit } : rate;
  }

  /** Asks until the answer matches the setting. */
  ask() {
    this.asking ??= this.settle();
    return this.asking;
  }

  async settle() {
    try {
      for (let answered = null; answered !== this.setting; ) answered = await this.answer(this.setting);
    } finally {
      this.asking = null;
    }
  }

  /**
   * Asks for a setting and shows the answer.
   * @param {Setting} wanted
   * @returns {Promise<Setting | null>} the setting of the answer
   */
  async answer(wanted) {
    try {
      const shown = await this.askAll(wanted);
      if (this.setting === wanted) this.setting = shown.setting;
      this.shown = shown;
      this.listener.reachable(true);
      this.listener.shown(shown);
      return shown.setting;
    } catch (error) {
      return this.failed(/** @type {Error} */ (error), wanted);
    }
  }

  /**
   * @param {Error} error
   * @param {Setting} wanted
   */
  async failed(error, wanted) {
    if (error instanceof UnreachableError) {
      this.listener.reachable(false);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      return null;
    }
    if (!(error instanceof ProblemError)) throw error;
    if (this.setting !== wanted) return null;
    this.listener.rejected(error, wanted);
    this.setting = this.shown?.setting ?? FIRST;
    return this.shown || wanted === FIRST ? this.setting : null;
  }

  /**
   * Asks the service for everything that the page shows of a setting.
   * @param {Setting} setting
   * @returns {Promise<Shown>}
   */
  async askAll(setting) {
    const data = dataOf(setting);
    const { points, start } = await this.begun(setting, data);
    const question = asked(setting, data, start);
    const rates = scaleOf(setting, points);
    const compared = this.compared({ ...question, lrs: rates.lrs });
    const lr = setting.rate === "best" && !exact(setting) ? tried((await compared).runs) : chosen(setting.rate);
    const include = ["params", ...(setting.model === "network" ? [] : ["gradients"]), ...(points ? [] : ["data"])];
    const records = this.dragged ? { record_every: Math.ceil(setting.steps / FEW_RECORDS) } : {};
    const [answer, swept] = await Promise.all([ask("fit", { ...question, ...records, lr, include }), compared]);
    if (!points) this.synthetic = { question: JSON.stringify(data), points: answer.data };
    const run = Run.of(answer, points ?? answer.data);
    const rate = setting.rate === "best" ? { lr: run.lr } : { ...setting.rate, lr: run.lr };
    const end = { lr: run.lr, loss: run.lossAt(run.last), outcome: answer.outcome, verdict: run.verdict };
    if (setting.model === "network") run.verdict.rate = suits(end, swept.runs);
    const line = this.dragged ? swept.line : lineThrough(swept.line, end);
    const sweep = sweepOf(setting, { ...swept, line, track: rates.track, analysis: run.analysis });
    return { setting: { ...setting, rate }, request: { ...question, lr: run.lr }, run, sweep };
  }

  /**
   * Returns the points and the start, as far as the questions do not draw them themselves.
   * @param {Setting} setting
   * @param {Record<string, any>} data
   * @returns {Promise<Begun>}
   */
  async begun(setting, data) {
    const known = knownStart(setting);
    const remembered = this.synthetic.question === JSON.stringify(data) ? this.synthetic.points : null;
    const points = setting.points ?? remembered;
    const network = setting.model === "network";
    const drawnThere = network || setting.scale === scaleOfStart(setting);
    if ((known || drawnThere) && (points || network || limitKnown(setting))) return { points, start: known };
    const drawn = await this.drawn(drawing(setting, data));
    return { points: drawn.points, start: known ?? drawn.start };
  }
}

/**
 * Returns what the chart of the rate shows.
 * @param {Setting} setting
 * @param {{ runs: SweptRun[], line: SweptRun[], track: Track, analysis: Analysis }} answers
 * @returns {Sweep}
 */
function sweepOf(setting, { runs, line, track, analysis }) {
  const known = exact(setting);
  const unit = runs[0].lr / track.low;
  return {
    runs,
    line,
    unit,
    track,
    limit: limitKnown(setting) ? unit : null,
    noBounce: known ? analysis.lr_no_bounce : null,
    best: known ? analysis.lr_best : tried(runs),
    exact: known,
    constant: setting.schedule === "constant",
    steps: setting.steps,
  };
}

/**
 * Returns the question of a setting, without the rate. The start does not have to be known.
 * @param {Setting} setting
 */
export async function questionOf(setting) {
  const data = dataOf(setting);
  return asked(setting, data, knownStart(setting) ?? (await draw(drawing(setting, data))).start);
}

/**
 * Returns a question without the rate. Without a start, the service draws it.
 * @param {Setting} setting
 * @param {Record<string, any>} data
 * @param {Params | null} start
 */
function asked(setting, data, start) {
  const { scale, steps } = setting;
  const init = start ? { init: start } : { seed: data.seed ?? LECTURE.seed };
  return { ...data, ...methodFields(setting), ...init, scale, steps };
}

/**
 * Returns the start of a setting, or null if it has to be drawn.
 * @param {Setting} setting
 */
function knownStart(setting) {
  return setting.start ?? (isLecture(setting) ? LECTURE_START : null);
}

/**
 * Returns the fields of a request that say which points to fit.
 * @param {Setting} setting
 * @returns {Record<string, any>}
 */
function dataOf({ points, synthetic, batch }) {
  if (points) return batch === null ? { data: points } : { data: points, seed: LECTURE.seed };
  const { seed, ...other } = synthetic;
  const named = Object.entries(other).filter(
    ([name, value]) => value !== LECTURE[/** @type {"points" | "noise"} */ (name)],
  );
  return { synthetic: Object.fromEntries(named), seed };
}

/**
 * Returns the coordinates in which a start is drawn: as in the lecture, or in the size of the points.
 * @param {Setting} setting
 */
function scaleOfStart({ points, degree }) {
  return !points && degree === FIRST.degree ? "none" : "standardize";
}

/**
 * Returns the question for the points and a start.
 * @param {Setting} setting
 * @param {Record<string, any>} data
 */
function drawing(setting, data) {
  return {
    seed: LECTURE.seed,
    ...data,
    model: { degree: setting.degree },
    steps: 1,
    scale: scaleOfStart(setting),
    include: ["params", ...(setting.points ? [] : ["data"])],
  };
}

/**
 * @param {Record<string, any>} question
 * @returns {Promise<{ points: Points, start: Params }>}
 */
async function draw(question) {
  const { history, data } = await ask("fit", question);
  const columns = Object.entries(/** @type {Columns} */ (history.params));
  return { points: data ?? question.data, start: Object.fromEntries(columns.map(([name, [first]]) => [name, first])) };
}

/**
 * Asks for the losses at other rates. The best rate is known if all losses are.
 * @param {Record<string, any>} question
 * @returns {Promise<{ runs: SweptRun[], line: SweptRun[] }>}
 */
async function compare(question) {
  const { runs, exact: best } = await ask("sweep", question);
  if (question.model?.kind === "mlp") for (const run of runs) run.verdict.rate = suits(run, runs);
  if (best === null) return { runs, line: runs };
  return { runs, line: lineThrough(runs, { ...best, outcome: "completed", verdict: { rate: "good" } }) };
}

/**
 * Adds a run to the line, if its rate is on the track.
 * @param {SweptRun[]} line
 * @param {SweptRun} run
 */
function lineThrough(line, run) {
  const after = line.findIndex((each) => each.lr > run.lr);
  return after < 1 ? line : line.toSpliced(after, 0, run);
}

/**
 * Returns the rate of a request.
 * @param {Rate} rate
 */
function chosen(rate) {
  if (rate === "best") return rate;
  return "lr" in rate ? rate.lr : { of_limit: rate.part };
}

/**
 * Remembers the answer to the last question, so that the same question is asked once.
 * @template Answer
 * @param {(question: Record<string, any>) => Promise<Answer>} ask
 */
function remembered(ask) {
  /** @type {{ question: unknown[], answer: Promise<Answer> } | null} */
  let last = null;
  return async (/** @type {Record<string, any>} */ question) => {
    const values = [
      Object.keys(question).join(),
      ...Object.values(question).map((value) => (value?.t ? value : JSON.stringify(value))),
    ];
    if (!last?.question.every((value, i) => value === values[i])) last = { question: values, answer: ask(question) };
    return last.answer.catch((error) => {
      last = null;
      throw error;
    });
  };
}
