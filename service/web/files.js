/** The reader of files of points. The service reads the file, and its answer has the points. */

import { fromFirstDay, UnreadableError } from "./points.js";
import { askOfFile, ProblemError } from "./service.js";

/** The media types of files by their first bytes. All other files are CSV or TSV. */
const TYPES = {
  PAR1: "application/vnd.apache.parquet",
  ARROW1: "application/vnd.apache.arrow.file",
  "\xff\xff\xff\xff": "application/vnd.apache.arrow.stream",
  "\x93NUMPY": "application/x-npy",
};
/** The smallest fit whose answer repeats the points. */
const OPTIONS = { model: { degree: 1 }, steps: 1, include: ["data"] };

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
    return await askOfFile("fit?fields=data,data_used", file, await typeOf(file), OPTIONS);
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
