/** The advanced settings: the model, the optimizer with its main number, batches and the schedule. */

import { outside } from "./controls.js";
import { element, say } from "./elements.js";
import { exact, limitKnown, methodName, OPTIMIZERS } from "./methods.js";
import { counted, plain } from "./numbers.js";
import { text } from "./texts.js";
import { show, take } from "./typed.js";

/**
 * Makes the fields change the setting.
 * @param {MethodPage} page
 */
export function advanced({ setting, change, count }) {
  const anew = { start: null, walked: 0 };
  element("advanced").addEventListener("toggle", () => element("advanced").scrollIntoView({ block: "nearest" }));
  element("model").onchange = () => change({ model: /** @type {Method["model"]} */ (element("model").value), ...anew });
  element("degree").onchange = () => change({ degree: Number(element("degree").value), ...anew });
  element("optimizer").onchange = () => {
    const optimizer = /** @type {Method["optimizer"]} */ (element("optimizer").value);
    change({ optimizer, amount: OPTIMIZERS[optimizer].amount?.usual ?? null });
  };
  element("schedule").onchange = () =>
    change({ schedule: /** @type {Method["schedule"]} */ (element("schedule").value) });
  take(element("amount"), {
    exact: () => plain(setting().amount ?? 0),
    problem: (value) => unfit(value, OPTIMIZERS[setting().optimizer].amount?.below ?? 1),
    reportIn: "advanced-problem",
    take: (amount) => change({ amount }),
  });
  take(element("batch"), {
    exact: () => String(setting().batch ?? count()),
    problem: (value) => outside(value, 1, count()),
    reportIn: "advanced-problem",
    take: (batch) => change({ batch: batch < count() ? batch : null }),
  });
}

/**
 * Returns the sentence about a main number that an optimizer cannot have, or an empty one.
 * @param {number} value
 * @param {number} below
 */
function unfit(value, below) {
  if (value >= 0 && value < below) return "";
  return text(below === 1 ? "notBelowOne" : "notNegative");
}

/**
 * Shows the method of a setting, and which terms of the rate hold for it.
 * @param {Setting} setting
 * @param {Run} run
 */
export function showMethod(setting, run) {
  const { model, degree, optimizer, amount, batch, schedule } = setting;
  const network = model === "network";
  const named = OPTIMIZERS[optimizer].amount;
  const name = methodName(setting);
  say("method", name && `· ${name}`);
  element("model").value = model;
  element("degree").value = String(degree);
  element("optimizer").value = optimizer;
  element("schedule").value = schedule;
  element("degree-field").hidden = network;
  element("amount-field").hidden = named === null;
  if (named) say("amount-name", text(named.name));
  if (amount !== null) show(element("amount"), plain(amount));
  const count = run.points.t.length;
  show(element("batch"), counted(Math.min(batch ?? count, count)));
  say("batch-of", text("ofPoints", { count: counted(count) }));
  element("tried").hidden = limitKnown(setting);
  say("tried-why", text(network ? "triedNetworkWhy" : "triedWhy"));
  explain("tried-term", network ? "triedNetwork" : "tried");
  explain("limit-term", limitTerm(setting));
  explain("best-rate", exact(setting) ? "best" : "bestTried");
  explain("no-bounce", optimizer === "sgd" ? "noBounce" : "noSwing");
  explain("walk-term", network ? "walkNetwork" : "walk");
  explain("valley-term", network ? "valleyNetwork" : "valley");
}

/**
 * Makes a term explain itself by this sentence.
 * @param {string} id
 * @param {string} sentence
 */
function explain(id, sentence) {
  element(id).dataset.term = sentence;
}

/** @param {Method} method */
function limitTerm(method) {
  if (!exact(method)) return "limitConstant";
  return method.optimizer === "sgd" ? "limit" : "limitMomentum";
}
