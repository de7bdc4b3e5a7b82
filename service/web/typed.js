/**
 * Numbers that the user can type. A click selects the number, Enter takes it, and Escape restores
 * it. In the field the number has all its digits.
 */

import { sayProblem } from "./elements.js";
import { parsed } from "./numbers.js";

/**
 * `problem` returns the sentence about a number that cannot be taken, or an empty one. `reportIn` is
 * the id of the element that shows it.
 * @typedef {{ exact: () => string, problem: (value: number) => string, reportIn: string, take: (value: number) => void }} Typed
 */

/**
 * Makes a field take numbers.
 * @param {HTMLInputElement} field
 * @param {Typed} typed
 */
export function take(field, { exact, problem, reportIn, take }) {
  let before = "";
  const commit = () => {
    if (field.value === before) return;
    before = field.value;
    const value = parsed(field.value);
    const trouble = problem(value);
    sayProblem(field, reportIn, trouble);
    if (trouble === "") take(value);
  };
  field.onfocus = () => {
    before = exact();
    field.value = before;
    field.select();
  };
  field.onblur = () => {
    commit();
    field.value = field.dataset.shown ?? field.value;
  };
  field.onkeydown = ({ key }) => {
    if (key === "Escape") field.value = before;
    if (key === "Enter") commit();
    if (key === "Enter" || key === "Escape") field.select();
  };
}

/**
 * Shows a value in a field, or once the user has left it.
 * @param {HTMLInputElement} field
 * @param {string} content
 */
export function show(field, content) {
  if (field.dataset.shown !== content) field.dataset.shown = content;
  if (document.activeElement !== field && field.value !== content) field.value = content;
}
