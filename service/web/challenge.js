/**
 * The challenge: choose the rate that brings the loss lowest in a fixed number of steps. Until the
 * user asks for the best rate, the chart of the rates is empty but for the rates that were tried.
 */

import { element, say } from "./elements.js";
import { exact, LECTURE_METHOD } from "./methods.js";
import { counted, written } from "./numbers.js";
import { judge } from "./score.js";
import { copy, linkTo } from "./share.js";
import { text } from "./texts.js";

/** The rate before the first attempt, as a part of the limit. It is too small everywhere. */
const FIRST_PART = 0.02;

export class Challenge {
  /** @param {ChallengePage} page */
  constructor(page) {
    this.page = page;
    this.on = false;
    /** @type {unknown[]} everything in the setting but the rate */
    this.fixed = [];
    /** @type {Map<number, Attempt | null>} the attempts by their rates, or null until they are judged */
    this.attempts = new Map();
    /** @type {Best | null} */
    this.best = null;
    /** Whether the user has asked for the best rate. */
    this.revealed = false;
    element("try").onclick = () => this.attempt();
    element("show-best").onclick = () => this.reveal();
    element("copy-attempt").onclick = () => this.copyLink();
    element("leave-challenge").onclick = () => {
      this.leave();
      element("open-challenge").focus();
    };
  }

  /** The rate that is shown. */
  get lr() {
    return this.page.shown()?.run.lr ?? 0;
  }

  /** Whether the user chooses a rate that has not been tried. */
  get choosing() {
    return this.on && !this.attempts.has(this.lr);
  }

  /** The state of the challenge in the address. */
  get state() {
    if (!this.on) return null;
    return this.choosing ? "open" : "tried";
  }

  /**
   * Starts a challenge on the points and the start that are shown. If the best rate of the method is
   * not known, the method is that of the lecture.
   * @param {number} steps
   */
  start(steps) {
    const method = exact(this.page.setting()) ? {} : { ...LECTURE_METHOD, start: null, walked: 0 };
    void this.page.change({ ...method, steps, rate: { part: FIRST_PART } });
    this.begin();
  }

  /**
   * Shows an attempt of a link.
   * @param {Setting} setting
   */
  open(setting) {
    void this.page.change(setting);
    this.begin();
    return this.attempt();
  }

  /** Begins a challenge with the current setting, without an attempt. */
  begin() {
    this.on = true;
    this.fixed = fixed(this.page.setting());
    this.attempts = new Map();
    this.best = null;
    this.revealed = false;
    this.page.wait();
    this.page.changed();
    say("said", text("whichRate", { steps: counted(this.page.setting().steps) }));
  }

  leave() {
    this.on = false;
    this.attempts = new Map();
    this.page.end();
    element("main").classList.remove("asking");
    this.page.changed();
  }

  /**
   * Hides the end of a run until its rate is tried. Another question ends the challenge.
   * @param {Shown} shown
   * @param {boolean} latest whether no other answer is pending
   */
  follow(shown, latest) {
    if (!this.on) return;
    const same = fixed(shown.setting).every((value, i) => value === this.fixed[i]);
    if (latest && !same) {
      this.leave();
      say("notice", text("challengeLeft"));
    } else if (!same || this.choosing) this.page.wait();
  }

  /** Plays the run of the chosen rate, and asks for its score. */
  async attempt() {
    await this.page.answered();
    const shown = this.page.shown();
    if (!this.on || !shown) return;
    const { attempts } = this;
    const { lr, ...question } = shown.request;
    const known = attempts.get(lr);
    attempts.set(lr, known ?? null);
    this.page.changed();
    document.querySelector(".verdict")?.scrollIntoView({ block: "nearest" });
    this.page.play();
    if (known) return;
    try {
      const { attempts: judged, best } = await judge(question, [lr]);
      attempts.set(lr, judged[0]);
      this.best = best;
    } catch (error) {
      attempts.delete(lr);
      this.page.failed(/** @type {Error} */ (error));
    }
    if (attempts !== this.attempts) return;
    if (this.choosing) this.page.wait();
    else this.announce();
    this.page.changed();
  }

  /** Says the score and the verdict to screen readers. */
  announce() {
    const made = this.attempts.get(this.lr);
    if (made) say("said", `${text("scored", { score: written(made.score) })} ${element("verdict").textContent}`);
  }

  reveal() {
    this.revealed = true;
    this.page.changed();
    element("best-was").focus();
  }

  /** Copies the link to the attempt. If the browser forbids that, shows the link, selected. */
  async copyLink() {
    const field = element("attempt-link");
    field.value = linkTo(await this.page.fragment());
    field.hidden = Boolean(navigator.clipboard);
    await copy(field.value, field, text("link"), "notice");
  }

  /** Shows the question or, after an attempt, its score. */
  show() {
    const { on, lr, choosing, revealed, best } = this;
    const made = this.attempts.get(lr);
    const { classList } = element("main");
    classList.toggle("challenge", on);
    classList.toggle("blind", on && !revealed);
    if (on) classList.toggle("asking", choosing);
    for (const id of ["challenge-line", "leave-challenge"]) element(id).hidden = !on;
    for (const id of ["steps", "scale"]) element(id).disabled = on;
    document.querySelector("#dial svg.picture")?.setAttribute("aria-hidden", String(on && !revealed));
    element("outcome").hidden = !made;
    element("attempt-link").hidden = true;
    this.page.tried([...this.attempts.values()].filter((each) => each !== null));
    if (!on) return;
    const steps = counted(this.page.setting().steps);
    say("arrive", text("arrive", { steps }));
    say("question-asked", text("whichRate", { steps }));
    element("guesses").replaceChildren();
    if (!revealed) element("rate").setAttribute("aria-valuetext", written(lr));
    if (made) say("score", written(made.score));
    element("show-best").hidden = revealed;
    say("best-was", revealed && best ? text("bestWas", { lr: written(best.lr), loss: written(best.loss) }) : "");
  }
}

/**
 * Returns everything in a setting but the rate, as values that can be compared.
 * @param {Setting} setting
 */
function fixed({ rate, ...others }) {
  return Object.values(others).map((value) =>
    value && typeof value === "object" && "t" in value ? value : JSON.stringify(value),
  );
}
