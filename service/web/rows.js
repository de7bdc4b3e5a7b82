/**
 * The rows of a pasted text: of a CSV or TSV, or of lists as JSON and Python write them, one list
 * for each column or one for each row.
 */

/** Separators in order of certainty: a comma can be a decimal comma, and blanks separate last. */
const SEPARATORS = ["\t", ";", ",", " "];
/** A comma that groups digits or is a decimal comma. */
const WITH_COMMA = /^[-+−]?[\d,.]*\d,\d[\d,.]*(e[-+]?\d+)?$/i;
const GROUPED = /^[-+−]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/;

/**
 * Returns the rows of a text, without empty ones. Their numbers have a decimal point.
 * @param {string} text
 * @returns {TextRow[]}
 */
export function rowsOf(text) {
  const bare = text.trim();
  const lists = /^[[({]|^\w+\s*=\s*[[(]/.test(bare) ? listed(bare) : null;
  return lists ?? separated(text);
}

/**
 * Returns the rows of separated cells. Cells can be quoted.
 * @param {string} text
 */
function separated(text) {
  const lines = linesOf(text);
  if (lines.length === 0) return [];
  const example = lines[lines.length > 1 ? 1 : 0].content;
  const separator = SEPARATORS.find((each) => cellsOf(example, each).length > 1) ?? ",";
  return pointed(lines.map(({ line, content }) => ({ line, cells: cellsOf(content, separator) })));
}

/**
 * Returns the lines that are not empty, with their numbers.
 * @param {string} text
 */
export function linesOf(text) {
  const lines = text.split(/\r\n|\r|\n/).map((content, i) => ({ line: i + 1, content }));
  return lines.filter(({ content }) => content.trim() !== "");
}

/**
 * Returns the cells of a line, without quotes and blanks around them.
 * @param {string} line
 * @param {string} separator
 */
function cellsOf(line, separator) {
  const parts = separator === " " ? line.trim().split(/\s+/) : split(line, separator);
  const cells = parts.map((each) =>
    each
      .trim()
      .replace(/^"(.*)"$/, "$1")
      .trim(),
  );
  while (cells.length > 1 && cells.at(-1) === "") cells.pop();
  return cells;
}

/**
 * Splits a line at separators outside of quotes.
 * @param {string} line
 * @param {string} separator
 */
function split(line, separator) {
  if (!line.includes('"')) return line.split(separator);
  const parts = [""];
  let quoted = false;
  for (const letter of line) {
    if (letter === '"') quoted = !quoted;
    if (letter === separator && !quoted) parts.push("");
    else parts[parts.length - 1] += letter;
  }
  return parts;
}

/**
 * Replaces commas in numbers. If each of them groups three digits, in all cells, they are removed.
 * Otherwise a single comma is a decimal comma.
 * @param {TextRow[]} rows
 */
function pointed(rows) {
  const commas = rows.flatMap(({ cells }) => cells.filter((cell) => WITH_COMMA.test(cell)));
  const grouped = commas.every((cell) => GROUPED.test(cell));
  const change = (/** @type {string} */ cell) => {
    if (!WITH_COMMA.test(cell)) return cell;
    return grouped ? cell.replaceAll(",", "") : cell.replace(/^([^,.]*),([^,.]*)$/, "$1.$2");
  };
  return rows.map(({ line, cells }) => ({ line, cells: cells.map(change) }));
}

/**
 * Returns the rows of lists, or null if there are none.
 * @param {string} text
 * @returns {TextRow[] | null}
 */
function listed(text) {
  const json = text
    .replaceAll("(", "[")
    .replaceAll(")", "]")
    .replaceAll("'", '"')
    .replace(/\b(None|NaN|nan|np\.nan|null)\b/g, '""')
    .replace(/,\s*([\]}])/g, "$1");
  const found = parsed(json) ?? parsed(`[${(json.match(/\[[^[\]]*\]/g) ?? []).join(",")}]`);
  /** @type {unknown[][] | null} */
  const columns = found && columnsOf(found);
  if (!columns) return null;
  const longest = Math.max(...columns.map((column) => column.length));
  return Array.from({ length: longest }, (_, i) => ({
    line: i + 1,
    cells: columns.map((column) => String(column[i] ?? "")),
  }));
}

/**
 * Returns the columns of lists: of one for each column, of one for each row, or of objects.
 * @param {any} found
 * @returns {unknown[][] | null}
 */
function columnsOf(found) {
  if (!Array.isArray(found)) {
    const columns = /** @type {unknown[][]} */ (Object.values(found).filter(Array.isArray));
    return columns.length > 0 ? columns : null;
  }
  if (found.length === 0) return null;
  if (!found.every((each) => typeof each === "object")) return [found];
  const rows = found.map((each) => Object.values(each));
  if (rows.length <= 2 && rows[0].length > 2) return rows;
  return rows[0].map((_, k) => rows.map((row) => row[k]));
}

/**
 * @param {string} json
 * @returns {any} null if the text is no list or object
 */
function parsed(json) {
  try {
    const found = JSON.parse(json);
    return typeof found === "object" ? found : null;
  } catch {
    return null;
  }
}
