/**
 * The guided path: five stops, from the lecture's run to the same steps with t rescaled. Each stop
 * asks for a guess, and then plays the run and says why.
 */

import { button, element, say } from "./elements.js";
import { GOOD_PART, LECTURE_RUN } from "./setting.js";
import { text } from "./texts.js";

/**
 * The stops: their setting, the names of the guesses, and the one that is right. The names of the
 * question and of the reason are those of the stop.
 * @type {{ name: string, setting: Partial<Setting>, guesses: string[], right: string }[]}
 */
const STOPS = [
  { name: "Lecture", setting: LECTURE_RUN, guesses: ["onPoints", "farFromPoints", "outside"], right: "farFromPoints" },
  {
    name: "Small",
    setting: { ...LECTURE_RUN, rate: { part: 0.02 } },
    guesses: ["partOfTheWay", "toTheBottom", "acrossTheValley"],
    right: "partOfTheWay",
  },
  {
    name: "Bounce",
    setting: { ...LECTURE_RUN, rate: { part: 0.98 } },
    guesses: ["toTheBottom", "outside", "acrossTheValley"],
    right: "acrossTheValley",
  },
  {
    name: "Large",
    setting: { ...LECTURE_RUN, rate: { part: 1.1 } },
    guesses: ["acrossTheValley", "outside", "partOfTheWay"],
    right: "outside",
  },
  {
    name: "Rescaled",
    setting: { ...LECTURE_RUN, rate: { part: GOOD_PART }, scale: "standardize", steps: 60 },
    guesses: ["farFromPoints", "onPoints", "outside"],
    right: "onPoints",
  },
];

export class Guide {
  /** @param {GuidePage} page */
  constructor(page) {
    this.page = page;
    /** The index of the stop, or -1 if the user is not on the path. */
    this.at = -1;
    /** The guess, or an empty text before it. */
    this.guess = "";
    element("take-path").onclick = () => this.go(0);
    element("leave-path").onclick = () => this.leave();
  }

  /** Whether the user is on the path. */
  get on() {
    return this.at >= 0;
  }

  /** The text of the button that goes on. */
  get onward() {
    return text(this.at + 1 < STOPS.length ? "nextStop" : "leavePath");
  }

  /** Goes to the next stop, or leaves the path after the last one. */
  next() {
    return this.at + 1 < STOPS.length ? this.go(this.at + 1) : this.leave();
  }

  /** @param {number} stop */
  async go(stop) {
    this.at = stop;
    this.guess = "";
    this.show();
    await this.page.change(STOPS[stop].setting, () => (this.guess === "" ? this.page.wait() : this.page.play()));
    say("said", element("question-asked").textContent ?? "");
    element("guesses").querySelector("button")?.focus();
  }

  leave() {
    this.at = -1;
    this.guess = "";
    this.show();
    element(element("take-path").hidden ? "suggest" : "take-path").focus();
  }

  /** Shows the question or, after the guess, whether it was right, and why. */
  show() {
    const stop = STOPS[this.at];
    element("main").classList.toggle("asking", this.on && this.guess === "");
    element("about").hidden = this.on;
    element("guide").hidden = !this.on;
    element("leave-path").hidden = !this.on || (this.guess !== "" && this.at + 1 === STOPS.length);
    element("lecture-run").hidden = this.on;
    this.page.changed();
    if (!stop) return;
    say("stop", text("stopOf", { stop: this.at + 1, stops: STOPS.length }));
    say("question-asked", text(`ask${stop.name}`));
    say(
      "why",
      this.guess && `${text(this.guess === stop.right ? "rightGuess" : "wrongGuess")} ${text(`why${stop.name}`)}`,
    );
    element("guesses").replaceChildren(...stop.guesses.map((guess) => button(text(guess), () => this.take(guess), "")));
  }

  /** @param {string} guess */
  take(guess) {
    this.guess = guess;
    this.show();
    this.page.play();
    element("why").focus();
  }
}
