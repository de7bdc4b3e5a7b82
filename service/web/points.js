// @ts-check
/** The reader of points, which are two columns of text. */

/** @typedef {import("./setting.js").Points} Points */

/**
 * A text that has an error; `text` is the name of the error's sentence, and `values` are its
 * values.
 */
export class UnreadableError extends Error {
  /**
   * @param {string} text
   * @param {Record<string, string | number>} values
   */
  constructor(text, values = {}) {
    super(text);
    this.text = text;
    this.values = values;
  }
}

/** The number of points that a parabola needs. */
export const MIN_POINTS = 3;
/** The distance of t from 0, in ranges of t, beyond which a, b and c would lose their digits. */
const FAR = 1e4;
/**
 * Separators in order of certainty: a comma can be a decimal comma, and blanks separate only if
 * nothing else does.
 */
const SEPARATORS = ["\t", ";", ",", /\s+/];

/**
 * Reads the points of a CSV or TSV. A header is optional. Columns are separated by commas,
 * semicolons, tabs or blanks. If the separator is not a comma, numbers can have a decimal comma.
 * @param {string} text
 * @param {number} max the maximum number of points
 * @returns {Points}
 * @throws {UnreadableError}
 */
export function read(text, max) {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  const rows = lines.map((line, i) => ({ line: i + 1, text: line.trim() })).filter((row) => row.text !== "");
  if (rows.length === 0) throw new UnreadableError("empty");
  const separator = SEPARATORS.find((each) => rows[rows.length > 1 ? 1 : 0].text.split(each).length > 1);
  if (separator === undefined) throw new UnreadableError("oneColumn");
  const [first] = rows;
  if (first.text.split(separator).every((cell) => Number.isNaN(number(cell, separator)))) rows.shift();
  if (rows.length > max) throw new UnreadableError("tooMany", { count: rows.length, max });
  if (rows.length < MIN_POINTS) throw new UnreadableError("tooFew", { min: MIN_POINTS });
  const pairs = rows.map((row) => pair(row, separator));
  return { t: pairs.map((each) => each[0]), y: pairs.map((each) => each[1]) };
}

/**
 * Reads the t and the y of a row.
 * @param {{ line: number, text: string }} row
 * @param {string | RegExp} separator
 */
function pair({ line, text }, separator) {
  const cells = text.split(separator);
  if (cells.length < 2) throw new UnreadableError("oneCell", { line });
  if (cells.slice(2).some((cell) => cell.trim() !== "")) throw new UnreadableError("manyColumns", { line });
  return cells.slice(0, 2).map((cell) => {
    const value = number(cell, separator);
    if (Number.isNaN(value)) throw new UnreadableError("notNumber", { line, cell: cell.trim().slice(0, 20) });
    if (Math.abs(value) > 1e100) throw new UnreadableError("tooLarge", { line });
    return value;
  });
}

/**
 * Reads a number. Returns NaN if the cell has none.
 * @param {string} cell
 * @param {string | RegExp} separator
 */
function number(cell, separator) {
  const bare = cell
    .trim()
    .replace(/^"(.*)"$/, "$1")
    .trim();
  const pointed = separator === "," ? bare : bare.replace(/^([^,.]*),([^,.]*)$/, "$1.$2");
  return /^[-+−]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(pointed) ? Number(pointed.replace("−", "-")) : Number.NaN;
}

/**
 * Counts t from its lowest value, if t is so far from 0 that a, b and c would lose their digits.
 * @param {Points} points
 * @returns {{ points: Points, from: number }}
 */
export function near(points) {
  const { low, high } = extent(points.t);
  const from = high > low && Math.abs(low) > FAR * (high - low) ? low : 0;
  return { from, points: from ? { t: points.t.map((time) => time - from), y: points.y } : points };
}

/**
 * Returns the lowest and the highest value.
 * @param {number[]} values
 */
export function extent(values) {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}
