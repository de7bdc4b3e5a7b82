// @ts-check
/** Two columns of text, read as points. */

/** @typedef {import("./setting.js").Points} Points */
/** What is wrong with a text; `text` names the sentence, `values` what it tells. */
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

/** A parabola needs as many. */
export const FEW = 3;
/** An offset of t from 0, in its own spans, beyond which the digits of a, b and c would cancel out. */
const FAR = 1e4;
/** Separators, the surest first: a comma may be a decimal one, and blanks stand where nothing else does. */
const SEPARATORS = ["\t", ";", ",", /\s+/];

/**
 * The points of a CSV or TSV: a header or none; commas, semicolons or tabs; decimal points, or commas beside another separator.
 * @param {string} text
 * @param {number} most points that may be
 * @returns {Points}
 * @throws {UnreadableError}
 */
export function read(text, most) {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  const rows = lines.map((line, i) => ({ line: i + 1, text: line.trim() })).filter((row) => row.text !== "");
  if (rows.length === 0) throw new UnreadableError("empty");
  const separator = SEPARATORS.find((each) => rows[rows.length > 1 ? 1 : 0].text.split(each).length > 1);
  if (separator === undefined) throw new UnreadableError("oneColumn");
  const [first] = rows;
  if (first.text.split(separator).every((cell) => Number.isNaN(number(cell, separator)))) rows.shift();
  if (rows.length > most) throw new UnreadableError("tooMany", { count: rows.length, most });
  if (rows.length < FEW) throw new UnreadableError("tooFew", { few: FEW });
  const pairs = rows.map((row) => pair(row, separator));
  return { t: pairs.map((each) => each[0]), y: pairs.map((each) => each[1]) };
}

/**
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
 * The points with t counted from the first one, where t lies so far from 0 that a, b and c would lose their digits; else as they are.
 * @param {Points} points
 * @returns {{ points: Points, from: number }}
 */
export function near(points) {
  const { low, high } = extent(points.t);
  const from = high > low && Math.abs(low) > FAR * (high - low) ? low : 0;
  return { from, points: from ? { t: points.t.map((time) => time - from), y: points.y } : points };
}

/**
 * The least and the greatest.
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
