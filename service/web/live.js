/**
 * A fit by the textbook loop that is shown while it runs: as a stream, or as a job if it is long. A
 * job continues if the connection is lost.
 */

import { suits } from "./dial.js";
import { method, Run } from "./run.js";
import { cancel, follow, job, stream } from "./service.js";

/** A fit with more steps is a job. */
const LONG = 10_000;

export class Live {
  leaving = new AbortController();
  /** @type {string | null} */
  id = null;
  /** @type {Run | null} */
  run = null;
  every = 1;

  /**
   * @param {Shown} shown the same fit in closed form, whose result is known
   * @param {Watcher} watcher
   */
  constructor(shown, watcher) {
    this.shown = shown;
    this.watcher = watcher;
  }

  /** Runs to the end. */
  async start() {
    const { request: asked, run } = this.shown;
    // a stream has the parameters of polynomials, from which the curves are drawn
    const include = Array.isArray(run.records.params) ? ["params"] : run.needsGradients ? ["gradients"] : [];
    const request = { ...asked, solver: "loop", ...(include.length > 0 ? { include } : {}) };
    if (this.shown.setting.steps <= LONG) return stream(request, (event) => this.receive(event), this.leaving.signal);
    const id = await job(request);
    if (this.leaving.signal.aborted) await cancel(id);
    this.leaving.signal.throwIfAborted();
    return this.resume(id);
  }

  /**
   * Watches a job from its first step to its end.
   * @param {string} id
   */
  resume(id) {
    this.id = id;
    this.watcher.job(id);
    const { lost, found } = this.watcher;
    return follow(id, { received: (event) => this.receive(event), lost, found }, this.leaving.signal);
  }

  /** Cancels the run, or stops watching it if it cannot be cancelled. */
  async stop() {
    if (this.id) await cancel(this.id).catch(() => this.leave());
    else this.leave();
  }

  /** Stops watching. A job continues. */
  leave() {
    this.leaving.abort();
  }

  /**
   * Takes in an event of the service.
   * @param {any} event
   */
  receive(event) {
    if (event.type === "started") this.begin(event);
    if (event.type === "steps") this.run?.add(event, this.every);
    if (event.type === "done" && this.run) {
      const resolved = { ...event.result.resolved, include: [] };
      this.run.result = { ...event.result, resolved, losses: this.run.records.loss };
      this.run.verdict = event.result.verdict;
      if (!this.run.hasModes)
        this.run.verdict.rate = suits({ ...event.result, lr: resolved.lr }, this.shown.sweep.runs);
    }
    this.watcher.grown();
  }

  /** @param {any} event */
  begin({ resolved, optimum, analysis, ridge }) {
    this.every = resolved.record_every;
    const { points, verdict } = this.shown.run;
    this.run = new Run({ points, ...method(resolved), analysis, optimum, verdict, ridge });
    this.watcher.begun(this.run);
  }
}
