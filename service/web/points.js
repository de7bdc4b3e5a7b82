/** The reader of points: those of a text, and those of a file, which the service reads. */

import { decimal } from "./numbers.js";
import { rowsOf } from "./rows.js";
import { askOfFile, ProblemError } from "./service.js";

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
/** Cells that stand for a missing value. */
const MISSING = /^(|-|n\/?a|nan|null|none)$/i;
/** A date as ISO 8601 and most tables write it: 2026-01-31, 2026/1/31 12:00 or 2026. 1. 31. */
const DATE = /^(\d{4})[-/.] ?(\d{1,2})[-/.] ?(\d{1,2})\.?(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?Z?)?$/;
const DAY_MS = 86_400_000;
/** The media types of files by their first bytes. All other files are CSV or TSV. */
const TYPES = {
  PAR1: "application/vnd.apache.parquet",
  ARROW1: "application/vnd.apache.arrow.file",
  "\xff\xff\xff\xff": "application/vnd.apache.arrow.stream",
  "\x93NUMPY": "application/x-npy",
};
/** The smallest fit whose answer repeats the points. */
const SMALLEST = { model: { degree: 1 }, steps: 1, include: ["data"] };

/**
 * Reads the points of a text. The first two columns are t and y, and a single column is y. Rows in
 * which one of them is missing are left out. Dates are counted in days from the first one. A header
 * is optional. If the first line has two columns, no other line has more.
 * @param {string} text
 * @param {number} max the maximum number of points
 * @returns {Found}
 * @throws {UnreadableError}
 */
export function read(text, max) {
  const rows = rowsOf(text);
  if (rows.length === 0) throw new UnreadableError("empty");
  const width = Math.max(...rows.slice(0, 100).map((row) => row.cells.length));
  const columns = rows[0].cells.length;
  if (rows[0].cells.every((cell) => Number.isNaN(decimal(cell)) && !DATE.test(cell))) rows.shift();
  if (rows.length > max) throw new UnreadableError("tooMany", { max });
  const wide = columns === 2 && rows.find(({ cells }) => cells.length > columns);
  if (wide) throw new UnreadableError("tooWide", { line: wide.line, cell: wide.cells[columns].slice(0, 20) });
  const pairs = width === 1 ? rows.map(({ line, cells }, i) => ({ line, cells: [String(i), cells[0]] })) : rows;
  const whole = pairs.filter(({ cells }) => !missing(cells[0]) && !missing(cells[1]));
  if (whole.length < MIN_POINTS) throw new UnreadableError("tooFew", { min: MIN_POINTS });
  const { t, since } = times(whole);
  /** @type {Note[]} */
  const notes = [];
  if (width === 1) notes.push({ text: "singleColumn", values: {} });
  if (width > 2) notes.push({ text: "moreColumns", values: { count: width } });
  const left = rows.length - whole.length;
  if (left > 0) notes.push({ text: "leftOut", values: { count: left } });
  return { points: { t, y: whole.map(({ line, cells }) => value(cells[1], line)) }, since, notes };
}

/**
 * Reads the points of a file. Time stamps are counted in days from the first one.
 * @param {File} file
 * @param {number} max the maximum number of points
 * @returns {Promise<Found>}
 * @throws {UnreadableError | ProblemError | UnreachableError}
 */
export async function readFile(file, max) {
  const { data, data_used } = await asked(file, max);
  if (data.t.length > max) throw new UnreadableError("tooMany", { max });
  const stamped = typeof data.t[0] === "string";
  const { t, since } = stamped ? fromFirstDay(data.t.map(Date.parse)) : { t: data.t, since: "" };
  const more = data.weights ? [{ text: "moreColumns", values: { count: 3 } }] : [];
  const left = data_used?.missing ? [{ text: "leftOut", values: { count: data_used.missing } }] : [];
  return { points: { t, y: data.y }, since, notes: [...more, ...left] };
}

/**
 * @param {File} file
 * @param {number} max
 */
async function asked(file, max) {
  try {
    return await askOfFile("fit?fields=data,data_used", file, await typeOf(file), SMALLEST);
  } catch (error) {
    const many = error instanceof ProblemError && error.code === "answer_too_large";
    throw many ? new UnreadableError("tooMany", { max }) : error;
  }
}

/** @param {File} file */
async function typeOf(file) {
  const bytes = new Uint8Array(await file.slice(0, 6).arrayBuffer());
  const begin = String.fromCharCode(...bytes);
  return Object.entries(TYPES).find(([first]) => begin.startsWith(first))?.[1] ?? "text/csv";
}

/** @param {string | undefined} cell */
function missing(cell) {
  return cell === undefined || MISSING.test(cell);
}

/**
 * Reads the first column: numbers, or dates as days since the earliest one.
 * @param {TextRow[]} rows
 */
function times(rows) {
  if (!rows.every(({ cells }) => DATE.test(cells[0])))
    return { t: rows.map(({ line, cells }) => value(cells[0], line)), since: "" };
  return fromFirstDay(rows.map(({ cells }) => moment(cells[0])));
}

/**
 * Returns moments as days since the earliest one, and its date.
 * @param {number[]} moments in milliseconds since 1970
 */
function fromFirstDay(moments) {
  const first = extent(moments).low;
  return { t: moments.map((each) => (each - first) / DAY_MS), since: new Date(first).toISOString().slice(0, 10) };
}

/**
 * Returns a date in milliseconds since 1970.
 * @param {string} cell
 */
function moment(cell) {
  const [, year, month, date, hour, minute, second] = cell.match(DATE) ?? [];
  return Date.UTC(+year, +month - 1, +date, +(hour ?? 0), +(minute ?? 0)) + 1000 * +(second ?? 0);
}

/**
 * Returns the number of a cell.
 * @param {string} cell
 * @param {number} line
 * @throws {UnreadableError}
 */
function value(cell, line) {
  const found = decimal(cell);
  if (Number.isNaN(found)) throw new UnreadableError("notNumber", { line, cell: cell.slice(0, 20) });
  if (Math.abs(found) > 1e100) throw new UnreadableError("tooLarge", { line });
  return found;
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
 * Returns up to `count` elements at equal distances.
 * @template T
 * @param {T[]} all
 * @param {number} count
 */
export function spread(all, count) {
  return all.filter((_, i) => i % Math.ceil(all.length / count) === 0);
}

/**
 * Returns up to `most` of `count` indices at equal distances, with the first and the last one.
 * @param {number} count
 * @param {number} most
 */
export function evenly(count, most) {
  const gaps = Math.min(count, most) - 1;
  return Array.from({ length: gaps + 1 }, (_, i) => Math.round((i * (count - 1)) / Math.max(gaps, 1)));
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
