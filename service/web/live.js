// @ts-check
/** A fit by the textbook loop, seen while it is made: a stream, or for a long one a job, which goes on where a connection is lost. */

import { Run } from "./run.js";
import { cancel, follow, job, stream } from "./service.js";

/** @typedef {import("./fitting.js").Shown} Shown */
/** @typedef {{ begun: (run: Run) => void, grown: () => void, lost: () => void, found: () => void, job: (id: string) => void }} Watcher */

/** Steps beyond which a fit is a job. */
const LONG = 10_000;

export class Live {
  /**
   * @param {Shown} shown the same fit in closed form, which knows how it will end
   * @param {Watcher} watcher
   */
  constructor(shown, watcher) {
    this.shown = shown;
    this.watcher = watcher;
    this.leaving = new AbortController();
    /** @type {string | null} */
    this.id = null;
    /** @type {Run | null} */
    this.run = null;
    this.every = 1;
  }

  /** Runs to the end. */
  async start() {
    const request = { ...this.shown.request, solver: "loop" };
    if (this.shown.setting.steps <= LONG) return stream(request, (event) => this.told(event), this.leaving.signal);
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
    return follow(id, { told: (event) => this.told(event), lost, found }, this.leaving.signal);
  }

  /** Ends the run; where that cannot be asked for, stops watching it. */
  async stop() {
    if (this.id) await cancel(this.id).catch(() => this.leave());
    else this.leave();
  }

  /** Stops watching; a job goes on. */
  leave() {
    this.leaving.abort();
  }

  /** @param {any} event */
  told(event) {
    if (event.type === "started") this.begin(event);
    if (event.type === "steps") this.run?.add(event, this.every);
    if (event.type === "done" && this.run) {
      this.run.result = { ...event.result, losses: this.run.records.loss };
      this.run.verdict = event.result.verdict;
    }
    this.watcher.grown();
  }

  /** @param {any} event */
  begin({ resolved, optimum, analysis }) {
    this.every = resolved.record_every;
    const { points, verdict } = this.shown.run;
    this.run = new Run({ points, lr: resolved.lr, steps: resolved.steps, analysis, optimum, verdict });
    this.watcher.begun(this.run);
  }
}
