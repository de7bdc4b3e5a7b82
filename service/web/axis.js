/** Axes, which map values to pixels and back, and have ticks at round values. */

/**
 * Returns a linear axis.
 * @param {number} low
 * @param {number} high
 * @param {number} from pixel of `low`
 * @param {number} to pixel of `high`
 * @returns {Axis}
 */
export function linear(low, high, from, to) {
  const slope = (to - from) / (high - low || 1);
  return Object.assign((/** @type {number} */ value) => from + (value - low) * slope, {
    invert: (/** @type {number} */ pixel) => low + (pixel - from) / slope,
    ticks: (/** @type {number} */ count) => round(low, high, count),
  });
}

/**
 * Returns a logarithmic axis with ticks at powers of ten.
 * @param {number} low above 0
 * @param {number} high
 * @param {number} from
 * @param {number} to
 * @returns {Axis}
 */
export function logarithmic(low, high, from, to) {
  const axis = linear(Math.log10(low), Math.log10(high), from, to);
  return Object.assign((/** @type {number} */ value) => axis(Math.log10(Math.max(value, Number.MIN_VALUE))), {
    invert: (/** @type {number} */ pixel) => 10 ** axis.invert(pixel),
    ticks: (/** @type {number} */ count) => powers(low, high, count),
  });
}

/**
 * Returns round values from `low` to `high`.
 * @param {number} low
 * @param {number} high
 * @param {number} count at most
 */
function round(low, high, count) {
  const rough = (high - low) / count;
  if (!(rough > 0)) return [low];
  const decade = 10 ** Math.floor(Math.log10(rough));
  const distance = [1, 2, 2.5, 5, 10].map((each) => each * decade).find((each) => each >= rough * 0.999) ?? 10 * decade;
  const ticks = [];
  for (let i = Math.ceil(low / distance); i * distance <= high; i += 1)
    ticks.push(Number((i * distance).toPrecision(12)));
  return ticks;
}

/**
 * Returns powers of ten from `low` to `high`.
 * @param {number} low
 * @param {number} high
 * @param {number} count at most
 */
function powers(low, high, count) {
  const first = Math.ceil(Math.log10(low));
  const last = Math.floor(Math.log10(high));
  const every = Math.max(1, Math.ceil((last - first + 1) / count));
  const ticks = [];
  for (let exponent = first; exponent <= last; exponent += every) ticks.push(10 ** exponent);
  return ticks;
}
