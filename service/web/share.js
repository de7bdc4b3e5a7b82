/** The drawer for sharing: a link, the request, the result, and the charts. */

import { drawer } from "./drawer.js";
import { button, element, say } from "./elements.js";
import { save, toPng, toSvg } from "./export.js";
import { key } from "./key.js";
import { text } from "./texts.js";

const LANGUAGES = { curl: "curl", python: "Python (httpx)", javascript: "JavaScript (fetch)" };
const CHARTS = ["walk", "curve", "dial", "loss", "valley"];
/**
 * The parts that send a key. A variable named COASTER_... would look like a setting of the service.
 */
const WITH_KEY = {
  curl: ' -H "Authorization: Bearer $API_KEY"',
  imports: "import os\n\n",
  python: ', headers={"Authorization": f"Bearer {os.environ[\'API_KEY\']}"}',
  javascript: ', Authorization: "Bearer " + process.env.API_KEY',
};
const WITHOUT_KEY = { curl: "", imports: "", python: "", javascript: "" };

/**
 * Sets up the drawer.
 * @param {SharePage} page
 * @returns {() => void} updates the drawer, if it is open
 */
export function shareDrawer(page) {
  element("save-json").onclick = () => {
    const result = page.run()?.result ?? page.shown()?.run.result;
    if (result) keep("coaster.json", new Blob([JSON.stringify(result, null, 2)], { type: "application/json" }));
  };
  element("save-csv").onclick = () => keep("coaster.csv", new Blob([page.run()?.csv() ?? ""], { type: "text/csv" }));
  element("save-moving").onclick = () => {
    const moving = page.moving();
    if (moving) keep("coaster-run.svg", moving);
  };
  element("copy-link").onclick = () => copy(element("link").value, element("link"), text("link"), "shared");
  return drawer("share", () => void fill(page));
}

/**
 * Returns the link to this page with a fragment.
 * @param {string} fragment
 */
export function linkTo(fragment) {
  return `${location.href.replace(/#.*$/, "")}#${fragment}`;
}

/** @param {SharePage} page */
async function fill(page) {
  const shown = page.shown();
  if (!shown) return;
  say("shared", "");
  element("link").value = linkTo(await page.fragment());
  const service = location.href.replace(/[?#].*$/, "").replace(/\/$/, "");
  const written = snippets(shown.request, service, key() !== null);
  element("snippets").replaceChildren(
    ...Object.entries(written).map(([name, code]) => snippet(/** @type {keyof typeof LANGUAGES} */ (name), code)),
  );
  element("charts").replaceChildren(...CHARTS.map((name) => chart(name, page)));
}

/**
 * Returns the request as code that prints the verdict and the curve. The shell reads the request
 * from a here-document, because an argument is too short for many points. If the service requires a
 * key, the code reads it from the environment.
 * @param {Record<string, any>} request
 * @param {string} service its URL without a slash at the end
 * @param {boolean} keyed whether the service requires a key
 */
function snippets(request, service, keyed) {
  const body = formatted(request);
  const of = keyed ? WITH_KEY : WITHOUT_KEY;
  return {
    curl: `curl -s ${service}/fit -H "Content-Type: application/json"${of.curl} -d @- <<'END'\n${body}\nEND\n`,
    python: `${of.imports}import httpx\n\nrequest = ${body.replaceAll(": true", ": True")}\nfit = httpx.post("${service}/fit", json=request${of.python}, timeout=30).raise_for_status().json()\nprint(fit["verdict"]["message"]["en"])\nprint(fit["params"], fit["loss"])\n`,
    javascript: `const response = await fetch("${service}/fit", {\n  method: "POST",\n  headers: { "Content-Type": "application/json"${of.javascript} },\n  body: JSON.stringify(${body}),\n});\nconst fit = await response.json();\nconsole.log(fit.verdict.message.en);\nconsole.log(fit.params, fit.loss);\n`,
  };
}

/**
 * Formats JSON with one field per line.
 * @param {Record<string, any>} request
 */
function formatted(request) {
  const fields = Object.entries(request).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${spaced(JSON.stringify(value))}`,
  );
  return `{\n${fields.join(",\n")}\n}`;
}

/** @param {string} json */
function spaced(json) {
  return json.replace(/([,:])/g, "$1 ");
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
    button(text("copy"), () => copy(code, pre, LANGUAGES[name], "shared")),
  );
  block.append(head, pre);
  return block;
}

/**
 * @param {string} name
 * @param {SharePage} page
 */
function chart(name, { draw, caption }) {
  const item = document.createElement("li");
  const title = document.createElement("span");
  title.textContent = text(name);
  const picture = () => {
    draw();
    return /** @type {SVGSVGElement} */ (document.querySelector(`#${name} svg.picture`));
  };
  const lines = () => [`${text(name)} · ${text("title")}`, ...caption().split("\n")];
  const buttons = [
    button("SVG", () => keep(`coaster-${name}.svg`, toSvg(picture(), lines()))),
    button("PNG", async () => keep(`coaster-${name}.png`, await toPng(picture(), lines()))),
  ];
  for (const each of buttons) each.setAttribute("aria-label", `${text(name)}, ${each.textContent}`);
  item.append(title, ...buttons);
  return item;
}

/**
 * Downloads a file and says so.
 * @param {string} name of the file
 * @param {Blob} blob
 */
function keep(name, blob) {
  save(name, blob);
  say("shared", text("saved", { name }));
}

/**
 * Copies the content and says so. If the browser forbids that, as over plain HTTP, selects the text
 * for the user to copy.
 * @param {string} content
 * @param {HTMLElement} shown the element that shows the content
 * @param {string} name of the content
 * @param {string} place the id of the element that says what was copied
 */
export async function copy(content, shown, name, place) {
  if (!navigator.clipboard) {
    if (shown instanceof HTMLInputElement) shown.select();
    else getSelection()?.selectAllChildren(shown);
    return;
  }
  await navigator.clipboard.writeText(content);
  say(place, text("copied", { name }));
}
