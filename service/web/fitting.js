// @ts-check
/**
 * Keeps what is shown up to date with the setting: one question at a time, and the latest one wins.
 * A fit of one step returns the points and the start, and an analysis returns the limit.
 * Then a fit returns the steps, and a sweep returns the losses at other rates.
 */

import { swept } from "./dial.js";
import { rounded } from "./numbers.js";
import { Run } from "./run.js";
import { ask, ProblemError, UnreachableError } from "./service.js";
import { FIRST, LECTURE } from "./setting.js";

/** @typedef {import("./setting.js").Setting} Setting */
/** @typedef {import("./setting.js").Points} Points */
/** @typedef {import("./setting.js").Rate} Rate */
/** @typedef {import("./numbers.js").Params} Params */
/** @typedef {import("./run.js").Analysis} Analysis */
/** @typedef {{ points: Points, start: Params }} Drawn the points and start of a descent */
/** @typedef {{ runs: import("./dial.js").SweptRun[], limit: number, noBounce: number | null, best: number | null, steps: number }} Sweep */
/** @typedef {{ setting: Setting, request: Record<string, any>, run: Run, sweep: Sweep }} Shown */

/** While the rate is dragged, the number of records that are enough. */
const FEW_RECORDS = 500;
/** Delay before a retry if the service does not answer. */
const RETRY_MS = 1500;

export class Fitting {
  /**
   * @param {Setting} setting
   * @param {{ shown: (shown: Shown) => void, rejected: (error: Error, setting: Setting) => void, reachable: (yes: boolean) => void }} listener
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
    this.limited = remembered(limitOf);
    this.compared = remembered(compare);
  }

  /**
   * Asks for another setting. If the limit changes, the rate stays the same part of it.
   * @param {Partial<Setting>} change
   */
  change(change) {
    const { rate } = this.setting;
    const limit = this.shown?.run.analysis.lr_limit;
    const moves = "points" in change || "synthetic" in change || "scale" in change;
    const kept =
      moves && limit && rate !== "best" && "lr" in rate ? { rate: { part: rate.part ?? rate.lr / limit } } : {};
    this.setting = { ...this.setting, ...kept, ...change };
    return this.ask();
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
    const { scale, steps } = setting;
    const [{ points, start }, limit] = await Promise.all([this.drawn(data), this.limited({ ...data, scale })]);
    const question = { ...data, init: setting.start ?? start, scale, steps };
    const records = this.dragged ? { record_every: Math.ceil(steps / FEW_RECORDS) } : {};
    const [answer, runs] = await Promise.all([
      ask("fit", { ...question, ...records, lr: chosen(setting.rate, limit), include: ["params", "gradients"] }),
      this.compared({ ...question, limit }),
    ]);
    const run = Run.of(answer, points);
    const { lr } = run;
    const rate = setting.rate === "best" ? { lr } : { ...setting.rate, lr };
    const { lr_no_bounce: noBounce, lr_best: best } = run.analysis;
    const sweep = { runs, limit, noBounce, best, steps };
    return { setting: { ...setting, rate }, request: { ...question, lr }, run, sweep };
  }
}

/**
 * Returns the fields of a request that say which points to fit.
 * @param {Setting} setting
 * @returns {Record<string, any>}
 */
function dataOf({ points, synthetic }) {
  if (points) return { data: points };
  const { seed, ...other } = synthetic;
  const named = Object.entries(other).filter(
    ([name, value]) => value !== LECTURE[/** @type {"points" | "noise"} */ (name)],
  );
  return { synthetic: Object.fromEntries(named), seed };
}

/**
 * Asks for the points and a start: as in the lecture for synthetic points, and in the size of the
 * points otherwise.
 * @param {Record<string, any>} data
 * @returns {Promise<Drawn>}
 */
async function draw(data) {
  const drawn = {
    seed: LECTURE.seed,
    ...data,
    steps: 1,
    scale: data.data ? "standardize" : "none",
    include: ["params", ...(data.data ? [] : ["data"])],
  };
  const { history, data: points } = await ask("fit", drawn);
  const { a, b, c } = history.params;
  return { points: points ?? data.data, start: { a: a[0], b: b[0], c: c[0] } };
}

/**
 * Asks for the limit of the rate. Returns 1 if there is no limit.
 * @param {Record<string, any>} question
 * @returns {Promise<number>}
 */
async function limitOf(question) {
  /** @type {{ analysis: Analysis }} */
  const { analysis } = await ask("analysis", question);
  return analysis.lr_limit ?? 1;
}

/**
 * Asks for the losses at other rates.
 * @param {Record<string, any>} question with its limit
 * @returns {Promise<import("./dial.js").SweptRun[]>}
 */
async function compare({ limit, ...question }) {
  return (await ask("sweep", { ...question, lrs: swept(limit) })).runs;
}

/**
 * Returns the rate of a request.
 * @param {Rate} rate
 * @param {number} limit
 */
function chosen(rate, limit) {
  if (rate === "best") return rate;
  return "lr" in rate ? rate.lr : rounded(rate.part * limit);
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
    const values = Object.values(question).map((value) => (value?.t ? value : JSON.stringify(value)));
    if (!last?.question.every((value, i) => value === values[i])) last = { question: values, answer: ask(question) };
    return last.answer.catch((error) => {
      last = null;
      throw error;
    });
  };
}
