// @ts-check
/** The drawer of what can be taken away: a link, the request, the result, the charts. */

import { drawer } from "./drawer.js";
import { save, toPng, toSvg } from "./export.js";
import { key } from "./key.js";
import { toFragment } from "./setting.js";
import { snippets } from "./snippets.js";
import { text } from "./texts.js";

/** @typedef {import("./fitting.js").Shown} Shown */
/** @typedef {import("./run.js").Run} Run */
/** @typedef {{ shown: () => Shown | null, run: () => Run | null, step: () => number, draw: () => void }} Page */

const LANGUAGES = { curl: "curl", python: "Python (httpx)", javascript: "JavaScript (fetch)" };
const CHARTS = ["walk", "curve", "dial", "loss", "valley"];
/** How long a button says that it has copied. */
const COPIED_MS = 1500;

/** @param {Page} page */
export function shareDrawer(page) {
  drawer("share", () => void fill(page));
  button("save-json", () =>
    save("coaster.json", new Blob([JSON.stringify(page.run()?.result, null, 2)], { type: "application/json" })),
  );
  button("save-csv", () => save("coaster.csv", new Blob([page.run()?.csv() ?? ""], { type: "text/csv" })));
  document
    .querySelector("[data-copy='link']")
    ?.addEventListener("click", (event) =>
      copy(/** @type {HTMLInputElement} */ (document.getElementById("link")).value, event),
    );
}

/** @param {Page} page */
async function fill(page) {
  const shown = page.shown();
  if (!shown) return;
  const here = location.href.replace(/#.*$/, "");
  /** @type {HTMLInputElement} */ (document.getElementById("link")).value =
    `${here}#${await toFragment(shown.setting, page.step(), null)}`;
  const service = here.replace(/\?.*$/, "").replace(/\/$/, "");
  const written = snippets(shown.request, service, key() !== null);
  document
    .getElementById("snippets")
    ?.replaceChildren(
      ...Object.entries(written).map(([name, code]) => snippet(/** @type {keyof typeof LANGUAGES} */ (name), code)),
    );
  document.getElementById("charts")?.replaceChildren(...CHARTS.map((name) => chart(name, page)));
}

/**
 * @param {keyof typeof LANGUAGES} name
 * @param {string} code
 */
function snippet(name, code) {
  const block = document.createElement("div");
  const head = document.createElement("div");
  const title = document.createElement("span");
  const pre = document.createElement("pre");
  head.className = "head";
  title.textContent = LANGUAGES[name];
  pre.textContent = code;
  pre.tabIndex = 0;
  pre.id = `snippet-${name}`;
  head.append(
    title,
    pressed(text("copy"), (event) => copy(code, event)),
  );
  block.append(head, pre);
  return block;
}

/**
 * @param {string} name
 * @param {Page} page
 */
function chart(name, { draw }) {
  const item = document.createElement("li");
  const title = document.createElement("span");
  title.textContent = text(name);
  const picture = () => {
    draw();
    return /** @type {SVGSVGElement} */ (document.querySelector(`#${name} svg.picture`));
  };
  const buttons = [
    pressed("SVG", () => save(`coaster-${name}.svg`, toSvg(picture()))),
    pressed("PNG", async () => save(`coaster-${name}.png`, await toPng(picture()))),
  ];
  for (const each of buttons) each.setAttribute("aria-label", `${text(name)}, ${each.textContent}`);
  item.append(title, ...buttons);
  return item;
}

/**
 * @param {string} content
 * @param {(event: Event) => void} act
 */
function pressed(content, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "quiet";
  made.textContent = content;
  made.addEventListener("click", act);
  return made;
}

/**
 * @param {string} content
 * @param {Event} event
 */
async function copy(content, event) {
  const button = /** @type {HTMLButtonElement} */ (event.target);
  await navigator.clipboard.writeText(content);
  button.textContent = text("copied");
  setTimeout(() => {
    button.textContent = text("copy");
  }, COPIED_MS);
}

/**
 * @param {string} id
 * @param {() => void} act
 */
function button(id, act) {
  document.getElementById(id)?.addEventListener("click", act);
}
