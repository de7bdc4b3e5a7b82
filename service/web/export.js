// @ts-check
/** Downloads: text files, and each chart as SVG or PNG. */

import { svg } from "./svg.js";

/** The CSS properties that a chart uses. */
const PROPERTIES = [
  "display",
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
 * Returns a chart as a self-contained SVG, in the colours of the page, below lines that say what it
 * shows.
 * @param {SVGSVGElement} chart
 * @param {string[]} lines
 */
export function toSvg(chart, lines) {
  const copy = /** @type {SVGSVGElement} */ (chart.cloneNode(true));
  const originals = [chart, ...chart.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((element, i) => {
    const style = getComputedStyle(originals[i]);
    for (const property of PROPERTIES) element.setAttribute(property, style.getPropertyValue(property));
    element.removeAttribute("class");
  });
  const { width, height, head } = sizeOf(chart, lines);
  const inner = svg("svg", { width: chart.clientWidth, height: chart.clientHeight, y: head });
  inner.append(...copy.childNodes);
  copy.removeAttribute("data-label");
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  const { backgroundColor, color } = getComputedStyle(document.body);
  copy.append(
    svg("rect", { width, height, fill: backgroundColor }),
    ...lines.map((line, i) =>
      svg("text", { x: 4, y: (i + 1) * LINE, fill: color, "font-size": 14, "font-weight": i ? 450 : 650 }, line),
    ),
    inner,
  );
  return new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
}

/**
 * Returns the size of an exported chart and the height of the lines above it, in pixels.
 * @param {SVGSVGElement} chart
 * @param {string[]} lines
 */
function sizeOf(chart, lines) {
  const head = lines.length * LINE + LINE / 2;
  return { width: chart.clientWidth, height: chart.clientHeight + head, head };
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
  const { width, height } = sizeOf(chart, lines);
  const canvas = document.createElement("canvas");
  canvas.width = PNG_SCALE * width;
  canvas.height = PNG_SCALE * height;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(address);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(/** @type {Blob} */ (blob)), "image/png"));
}
