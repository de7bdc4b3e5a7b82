/**
 * The methods of a descent: its model, optimizer, batches and schedule, and the fields of a request
 * that choose them.
 */

import { text } from "./texts.js";

/**
 * The main number of an optimizer: the name of its text, its usual value, and the value that it has
 * to be below.
 * @typedef {{ name: string, usual: number, below: number }} Amount
 */

/** @type {Method} the lecture's own */
export const LECTURE_METHOD = {
  model: "polynomial",
  degree: 2,
  optimizer: "sgd",
  amount: null,
  batch: null,
  schedule: "constant",
};

export const MAX_DEGREE = 10;
/** The hidden layers of the network. */
export const HIDDEN = [8, 8];
/** The parts of the steps after which the schedule "step" lowers the rate. */
const STAIRS = 3;
/** The maximum number of records of a network, each of which has all of its parameters. */
const NETWORK_RECORDS = 400;

/** @type {Record<Optimizer, { amount: Amount | null, field: (amount: number | null) => object }>} */
export const OPTIMIZERS = {
  sgd: { amount: null, field: () => ({ kind: "sgd" }) },
  momentum: {
    amount: { name: "momentum", usual: 0.9, below: 1 },
    field: (momentum) => ({ kind: "sgd", momentum }),
  },
  nesterov: {
    amount: { name: "momentum", usual: 0.9, below: 1 },
    field: (momentum) => ({ kind: "sgd", momentum, nesterov: true }),
  },
  adam: {
    amount: { name: "beta1", usual: 0.9, below: 1 },
    field: (beta1) => ({ kind: "adam", betas: [beta1, 0.999] }),
  },
  adamw: {
    amount: { name: "decay", usual: 0.01, below: Number.POSITIVE_INFINITY },
    field: (weight_decay) => ({ kind: "adamw", weight_decay }),
  },
  rmsprop: { amount: { name: "alpha", usual: 0.99, below: 1 }, field: (alpha) => ({ kind: "rmsprop", alpha }) },
};
/** @type {Record<Schedule, string>} the names of their texts */
export const SCHEDULES = { constant: "constant", step: "stairs", cosine: "cosine", one_cycle: "oneCycle" };
const WITH_LIMIT = ["sgd", "momentum", "nesterov"];

/**
 * Whether the limit of the rate is known from the points, without a step.
 * @param {Method} method
 */
export function limitKnown({ model, optimizer }) {
  return model === "polynomial" && WITH_LIMIT.includes(optimizer);
}

/**
 * Whether every loss is known in advance, at any rate.
 * @param {Method} method
 */
export function exact(method) {
  return limitKnown(method) && method.batch === null && method.schedule === "constant";
}

/**
 * Returns the fields of a request that choose a method. Those with the default of the service are
 * left out.
 * @param {Method & { steps: number }} method
 * @returns {Record<string, any>}
 */
export function methodFields({ model, degree, optimizer, amount, batch, schedule, steps }) {
  /** @type {Record<string, any>} */
  const fields = {};
  if (model === "network") {
    fields.model = { kind: "mlp", hidden: HIDDEN, activation: "gelu" };
    if (steps > NETWORK_RECORDS) fields.record_every = Math.ceil(steps / NETWORK_RECORDS);
  } else if (degree !== LECTURE_METHOD.degree) fields.model = { degree };
  if (optimizer !== "sgd") fields.optimizer = OPTIMIZERS[optimizer].field(amount);
  if (batch !== null) fields.batch_size = batch;
  if (schedule === "step") fields.schedule = { kind: "step", step_size: Math.ceil(steps / STAIRS) };
  else if (schedule !== "constant") fields.schedule = { kind: schedule };
  return fields;
}

/**
 * Returns a method in words, or an empty text for that of the lecture.
 * @param {Method} method
 */
export function methodName({ model, degree, optimizer, amount, batch, schedule }) {
  const named = OPTIMIZERS[optimizer].amount;
  const parts = [
    model === "network" ? text("network") : degree !== LECTURE_METHOD.degree && text("degreeOf", { degree }),
    optimizer !== "sgd" &&
      text(optimizer === "momentum" ? "momentumOf" : optimizer) + (amount === named?.usual ? "" : ` ${amount}`),
    batch !== null && text("batchesOf", { count: batch }),
    schedule !== "constant" && text(SCHEDULES[schedule]),
  ];
  return parts.filter(Boolean).join(", ");
}
