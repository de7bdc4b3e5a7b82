/** Downloads: text files, and each chart as SVG or PNG. */

import { svg } from "./svg.js";

/** The CSS properties that a chart uses. */
const PROPERTIES = [
  "display",
  "visibility",
  "fill",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-linejoin",
  "opacity",
  "paint-order",
  "font-size",
  "font-weight",
  "font-family",
  "text-anchor",
  "stop-color",
];
/** The height of a line above an exported chart, in pixels. */
const LINE = 22;
/** Pixels of a PNG for each CSS pixel. */
const PNG_SCALE = 2;

/**
 * Downloads a file.
 * @param {string} name of the file
 * @param {Blob} blob
 */
export function save(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * Returns a chart as a self-contained SVG, below lines that say what it shows.
 * @param {SVGSVGElement} chart
 * @param {string[]} lines
 */
export function toSvg(chart, lines) {
  return sheet(
    [styled(chart)],
    lines.map((content, i) => [line(content, i)]),
  );
}

/**
 * Returns a copy of a chart, in the colours of the page.
 * @param {SVGSVGElement} chart
 */
export function styled(chart) {
  const copy = /** @type {SVGSVGElement} */ (chart.cloneNode(true));
  const originals = [chart, ...chart.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((element, i) => {
    const style = getComputedStyle(originals[i]);
    for (const property of PROPERTIES) element.setAttribute(property, style.getPropertyValue(property));
  });
  copy.setAttribute("width", String(chart.clientWidth));
  copy.setAttribute("height", String(chart.clientHeight));
  return copy;
}

/**
 * Returns a line of text above the charts.
 * @param {string} content
 * @param {number} index of the line
 */
export function line(content, index) {
  return svg(
    "text",
    {
      x: 4,
      y: (index + 1) * LINE,
      fill: getComputedStyle(document.body).color,
      "font-size": 14,
      "font-weight": index ? 450 : 650,
    },
    content,
  );
}

/**
 * Returns an SVG of charts next to each other, below lines of text.
 * @param {SVGSVGElement[]} charts with their styles
 * @param {Element[][]} lines from top to bottom, each of one or more texts
 */
export function sheet(charts, lines) {
  const head = lines.length * LINE + LINE / 2;
  let width = 0;
  for (const chart of charts) {
    chart.setAttribute("x", String(width));
    chart.setAttribute("y", String(head));
    width += Number(chart.getAttribute("width"));
  }
  const height = head + Math.max(...charts.map((chart) => Number(chart.getAttribute("height"))));
  const { backgroundColor, fontFamily } = getComputedStyle(document.body);
  const whole = svg(
    "svg",
    { width, height, viewBox: `0 0 ${width} ${height}`, "font-family": fontFamily },
    svg("rect", { width, height, fill: backgroundColor }),
    ...lines.flat(),
    ...charts,
  );
  for (const element of whole.querySelectorAll("*")) {
    element.removeAttribute("class");
    element.removeAttribute("data-label");
  }
  return new Blob([new XMLSerializer().serializeToString(whole)], { type: "image/svg+xml" });
}

/**
 * Returns a chart as a PNG.
 * @param {SVGSVGElement} chart
 * @param {string[]} lines
 * @returns {Promise<Blob>}
 */
export async function toPng(chart, lines) {
  const address = URL.createObjectURL(toSvg(chart, lines));
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = PNG_SCALE * image.naturalWidth;
  canvas.height = PNG_SCALE * image.naturalHeight;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(address);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(/** @type {Blob} */ (blob)), "image/png"));
}
