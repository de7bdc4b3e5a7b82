/** The teacher's table: the attempts of many links, with scores that the service computes. */

import { cells, headings } from "./attempts.js";
import { uncover } from "./drawer.js";
import { button, element, say } from "./elements.js";
import { questionOf } from "./fitting.js";
import { fill } from "./lecture.js";
import { readLinks } from "./links.js";
import { counted, plain, written } from "./numbers.js";
import { judge } from "./score.js";
import { ProblemError } from "./service.js";
import { copy } from "./share.js";
import { text } from "./texts.js";

/** @typedef {{ link: Link, attempt: Attempt, other: boolean, opener: HTMLAnchorElement }} Row `other` says that most links have another challenge */

/** The column of the score. */
const SCORE = 3;
/** Letters that begin a formula in a spreadsheet. */
const FORMULA = /^[=+@-]/;

/** @type {Row[]} */
let rows = [];
/** @type {Wrong[]} */
let wrong = [];
/** Whether the highest score is at the top. */
let descending = true;

/**
 * Sets up the table.
 * @param {(setting: Setting) => void} open shows an attempt
 * @returns {() => void} updates the table
 */
export function ranking(open) {
  const sorter = button("", () => {
    descending = !descending;
    show(sorter);
  });
  element("compare").onclick = async () => {
    say("compared", "");
    try {
      await compare(element("links").value, open);
      show(sorter);
    } catch (error) {
      if (error instanceof ProblemError) say("compared", error.message);
      else say("compared", text("silent"));
    }
  };
  element("copy-ranking").onclick = () =>
    copy(separated(), element("ranking"), text("compared", { count: counted(rows.length) }), "compared");
  return () => rows.length + wrong.length > 0 && show(sorter);
}

/**
 * Reads the links of a text, and asks for their scores: one question for each challenge.
 * @param {string} content
 * @param {(setting: Setting) => void} open
 */
async function compare(content, open) {
  const read = await readLinks(content);
  const challenges = grouped(read.links);
  const most = Math.max(...challenges.map((links) => links.length));
  const usual = challenges.find((links) => links.length === most);
  /** @type {(Row | Wrong)[]} */
  const found = [];
  for (const links of challenges) found.push(...(await judged(links, links !== usual, open)));
  rows = found.filter((each) => "attempt" in each);
  wrong = [...read.wrong, ...found.filter((each) => "text" in each)].sort((one, other) => one.line - other.line);
}

/**
 * Groups links of the same challenge: they differ only in their rates.
 * @param {Link[]} links
 */
function grouped(links) {
  /** @type {Map<string, Link[]>} */
  const groups = new Map();
  for (const link of links) {
    const { rate, ...challenge } = link.setting;
    const name = JSON.stringify(challenge);
    groups.set(name, [...(groups.get(name) ?? []), link]);
  }
  return [...groups.values()];
}

/**
 * Returns the rows of links of the same challenge, or what is wrong with them. If the service rejects
 * them, each link is tried alone.
 * @param {Link[]} links
 * @param {boolean} other
 * @param {(setting: Setting) => void} open
 * @returns {Promise<(Row | Wrong)[]>}
 */
async function judged(links, other, open) {
  const [{ line, setting }] = links;
  try {
    const { attempts } = await judge(await questionOf(setting), links.map(rateOf));
    return links.map((link, i) => ({ link, attempt: attempts[i], other, opener: opener(link, open) }));
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    if (links.length === 1) return [{ line, text: "lineRejected", values: { line, detail: error.message } }];
  }
  const alone = [];
  for (const link of links) alone.push(...(await judged([link], other, open)));
  return alone;
}

/** @param {Link} link */
function rateOf({ setting: { rate } }) {
  return rate !== "best" && "lr" in rate ? rate.lr : Number.NaN;
}

/**
 * Returns the link of a row. It opens the attempt on this page, which keeps the table.
 * @param {Link} link
 * @param {(setting: Setting) => void} open
 */
function opener({ fragment, setting }, open) {
  const made = document.createElement("a");
  made.href = `#${fragment}`;
  made.onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    uncover("challenge");
    open(setting);
  };
  return made;
}

/**
 * Shows the rows in their order, and the lines that have none.
 * @param {HTMLButtonElement} sorter the button of the score
 */
function show(sorter) {
  sorter.textContent = `${text("score")} ${descending ? "↓" : "↑"}`;
  const sorted = inOrder();
  for (const row of sorted) row.opener.textContent = nameOf(row);
  const head = [text("name"), ...headings()];
  fill(
    "#ranking",
    head.map((name, i) => (i === SCORE ? sorter : name)),
    sorted.map((row) => [row.opener, written(row.attempt.lr), ...cells(row.attempt).with(-1, verdictOf(row))]),
  );
  const table = /** @type {HTMLTableElement} */ (document.querySelector("#ranking"));
  table.tHead?.rows[0].cells[SCORE].setAttribute("aria-sort", descending ? "descending" : "ascending");
  element("ranked").hidden = rows.length === 0;
  say("compared", text("compared", { count: counted(rows.length) }));
  element("wrong-lines").replaceChildren(...wrong.map(item));
}

/** Returns the rows by their scores. Those of other challenges come last. */
function inOrder() {
  const way = descending ? -1 : 1;
  return rows.toSorted(
    (one, other) => Number(one.other) - Number(other.other) || way * (one.attempt.score - other.attempt.score),
  );
}

/** @param {Row} row */
function nameOf({ link: { name, line } }) {
  return name || text("nameless", { line });
}

/** @param {Row} row */
function verdictOf({ attempt, other }) {
  const verdict = cells(attempt).at(-1) ?? "";
  return other ? `${verdict}, ${text("otherChallenge")}` : verdict;
}

/** @param {Wrong} wrong */
function item({ text: name, values }) {
  const made = document.createElement("li");
  made.textContent = text(name, values);
  return made;
}

/** Returns the table for a spreadsheet: lines with tabs between the cells. */
function separated() {
  const lines = inOrder().map((row) => {
    const { lr, loss, diverged, score } = row.attempt;
    const name = nameOf(row).replace(FORMULA, "'$&");
    return [name, plain(lr), diverged ? text("diverges") : plain(loss), score.toFixed(1), verdictOf(row)];
  });
  return [[text("name"), ...headings()], ...lines].map((line) => line.join("\t")).join("\n");
}
