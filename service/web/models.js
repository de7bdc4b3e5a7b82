/** The curves of the models: polynomials and small networks, as the service returns them. */

import { HIDDEN } from "./methods.js";
import { formula } from "./numbers.js";
import { text } from "./texts.js";

const LETTERS = "abcdefghijk";

/**
 * Returns the names of the coefficients of a polynomial.
 * @param {number} degree
 */
export function names(degree) {
  return [...LETTERS.slice(0, degree + 1)];
}

/**
 * @param {Params} params
 * @returns {params is Network}
 */
export function isNetwork(params) {
  return Array.isArray(params.layers);
}

/**
 * Returns the value of the curve at t.
 * @param {Params} params
 * @param {number} t
 */
export function value(params, t) {
  if (isNetwork(params)) return output(params, t);
  let sum = 0;
  for (const name in params) sum = sum * t + params[name];
  return sum;
}

/**
 * @param {Network} network
 * @param {number} t
 */
function output({ layers }, t) {
  let values = [t];
  layers.forEach(({ weight, bias }, i) => {
    const sums = weight.map((row, k) => row.reduce((sum, each, m) => sum + each * values[m], bias[k]));
    values = i + 1 < layers.length ? sums.map(gelu) : sums;
  });
  return values[0];
}

/**
 * Returns the activation of the hidden units, with an error below 1e-6 of x: that of formula 7.1.26
 * for the error function, by Abramowitz and Stegun.
 * @param {number} x
 */
function gelu(x) {
  const z = Math.abs(x) / Math.SQRT2;
  const k = 1 / (1 + 0.3275911 * z);
  const tail =
    k *
    (0.254829592 + k * (-0.284496736 + k * (1.421413741 + k * (-1.453152027 + k * 1.061405429)))) *
    Math.exp(-z * z);
  return x * (x < 0 ? tail / 2 : 1 - tail / 2);
}

/**
 * Returns the mean squared distance of a curve from points.
 * @param {Params} params
 * @param {Points} points
 */
export function meanSquare(params, { t, y }) {
  return t.reduce((sum, time, i) => sum + (value(params, time) - y[i]) ** 2 / t.length, 0);
}

/**
 * Returns the params on the straight line between two curves of a model.
 * @template {Params | Layer | number | number[] | number[][]} Values
 * @param {Values} one
 * @param {Values} other
 * @param {number} part of the way
 * @returns {any}
 */
export function between(one, other, part) {
  if (typeof one === "number") return one + part * (Number(other) - one);
  const far = /** @type {any} */ (other);
  if (Array.isArray(one)) return one.map((each, i) => between(each, far[i], part));
  return Object.fromEntries(Object.entries(one).map(([name, each]) => [name, between(each, far[name], part)]));
}

/**
 * Returns all parameters as one list.
 * @param {Params} params
 */
export function row(params) {
  if (!isNetwork(params)) return Object.values(params);
  return params.layers.flatMap(({ weight, bias }) => [...weight.flat(), ...bias]);
}

/**
 * Returns the network with this list of parameters, or null if it has another number of them.
 * @param {number[]} parameters
 */
export function networkOf(parameters) {
  const widths = [1, ...HIDDEN, 1];
  let used = 0;
  const taken = (/** @type {number} */ count) => {
    used += count;
    return parameters.slice(used - count, used);
  };
  const layers = widths.slice(1).map((units, i) => ({
    weight: Array.from({ length: units }, () => taken(widths[i])),
    bias: taken(units),
  }));
  return used === parameters.length && parameters.every(Number.isFinite) ? { layers } : null;
}

/**
 * Returns the curve in words: the formula of a polynomial, or the size of a network.
 * @param {Params} params
 */
export function described(params) {
  return isNetwork(params) ? text("networkOf", { count: row(params).length }) : formula(params);
}
