/** The reader of pasted links to attempts, with the names before them. */

import { exact } from "./methods.js";
import { linesOf } from "./rows.js";
import { fromFragment } from "./setting.js";

/** A link with a fragment, up to the next letter that no fragment of the page has. */
const LINK = /https?:\/\/[^\s#]+#([\w=&;,.+%-]+)/g;
/** The time of a message, as chats write it. */
const TIME = /\[?(?:오전|오후)?\s*\d{1,2}:\d{2}(?::\d{2})?\s*(?:[AP]M)?\]?/gi;
/** What surrounds a name: list signs, punctuation, and brackets without their counterpart in it. */
const AROUND = /^(?:[\s)<>"'*•:,;–-]|\((?![^()]*\)))+|(?:[\s(<>"'*•:,;–-]|(?<!\([^()]*)\))+$/g;
/** The maximum number of letters of a name, and of a line that is quoted. */
const MOST = 60;

/**
 * Reads the attempts of a text. The name of a link is the text before it on its line or, if there
 * is no such text, the line before it.
 * @param {string} content
 */
export async function readLinks(content) {
  /** @type {Link[]} */
  const links = [];
  /** @type {Wrong[]} */
  const wrong = [];
  /** @type {{ line: number, content: string } | null} a line that is the name of the next link, if it has none */
  let before = null;
  for (const { line, content: text } of linesOf(content)) {
    const found = [...text.matchAll(LINK)];
    if (before && (found.length === 0 || named(text, found[0]) !== "")) {
      wrong.push(without(before));
      before = null;
    }
    if (found.length === 0) before = { line, content: text };
    for (const [i, match] of found.entries()) {
      const name = named(text, match, found[i - 1]) || bare(before?.content ?? "");
      before = null;
      const read = await readLink(match[1]);
      if (typeof read === "string") wrong.push({ line, text: read, values: { line } });
      else links.push({ name, line, ...read });
    }
  }
  if (before) wrong.push(without(before));
  return { links, wrong };
}

/**
 * Returns the text before a link, from the link before it on.
 * @param {string} text
 * @param {RegExpMatchArray} match
 * @param {RegExpMatchArray} [last]
 */
function named(text, match, last) {
  const from = last ? /** @type {number} */ (last.index) + last[0].length : 0;
  return bare(text.slice(from, match.index));
}

/**
 * Returns a name without the time of its message and what surrounds it.
 * @param {string} text
 */
function bare(text) {
  return text
    .replace(TIME, " ")
    .replace(/[\s[\]]+/g, " ")
    .replace(AROUND, "")
    .slice(0, MOST);
}

/**
 * Reads the fragment of a link. Returns the name of a sentence if it has no attempt.
 * @param {string} found
 */
async function readLink(found) {
  const fragment = found.replaceAll("&amp;", "&").replace(/[.,;]+$/, "");
  const { setting, challenge, problem } = await fromFragment(fragment);
  const { rate } = setting;
  if (problem) return "lineLost";
  if (!exact(setting)) return "lineNoBest";
  if (challenge === "open" || rate === "best" || "part" in rate) return "lineNoAttempt";
  return { fragment, setting };
}

/**
 * Returns the sentence about a line without a link.
 * @param {{ line: number, content: string }} line
 */
function without({ line, content }) {
  return { line, text: "lineNoLink", values: { line, content: content.trim().slice(0, MOST) } };
}
