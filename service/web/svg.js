/**
 * Drawing with SVG: elements, paths, and pictures that draw only what is visible and has changed.
 */

/** @typedef {Record<string, string | number>} Attributes */
/** @typedef {Element | null | false | Drawn[]} Drawn elements, and what is left out */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Creates an SVG element.
 * @param {string} name
 * @param {Attributes} attributes
 * @param {(Element | string)[]} children
 */
export function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes))
    element.setAttribute(attribute, typeof value === "number" ? short(value) : value);
  element.append(...children);
  return element;
}

/**
 * Rounds a coordinate, and limits it to numbers that can be drawn.
 * @param {number} value
 */
function short(value) {
  return String(Math.round(Math.max(-99_999, Math.min(99_999, value)) * 100) / 100);
}

/**
 * Returns a path through these points. It keeps the first, lowest, highest and last point of each
 * half pixel, which looks the same.
 * @param {ArrayLike<number>} x
 * @param {ArrayLike<number>} y
 */
export function path(x, y) {
  const parts = [];
  for (let i = 0; i < x.length; ) {
    const column = Math.round(2 * x[i]);
    let low = i;
    let high = i;
    let last = i;
    for (let k = i; k < x.length && Math.round(2 * x[k]) === column; k += 1) {
      if (y[k] < y[low]) low = k;
      if (y[k] > y[high]) high = k;
      last = k;
    }
    for (const k of [...new Set([i, low, high, last])].sort((one, other) => one - other))
      parts.push(`${short(x[k])} ${short(y[k])}`);
    i = last + 1;
  }
  return parts.length ? `M${parts.join("L")}` : "";
}

/**
 * Creates a text element.
 * @param {string} content
 * @param {Attributes} attributes
 */
export function label(content, attributes) {
  return svg("text", attributes, content);
}

/**
 * A picture in an `<svg>` of the page. It is drawn in layers, each only if its values have changed,
 * and only while it is visible.
 */
export class Picture {
  width = 0;
  height = 0;
  seen = false;
  /** @type {Map<string, Element>} */
  groups = new Map();
  /** @type {Map<string, { key: unknown[], made: any }>} */
  known = new Map();

  /**
   * @param {string} id of the element
   * @param {() => void} changed called when the picture has another size or comes into view
   */
  constructor(id, changed) {
    this.element = /** @type {SVGSVGElement} */ (document.querySelector(`#${id} svg.picture`));
    new ResizeObserver(() => {
      this.measure();
      changed();
    }).observe(this.element);
    new IntersectionObserver((entries) => {
      this.seen = entries.some((entry) => entry.isIntersecting);
      if (this.seen) changed();
    }).observe(this.element);
  }

  measure() {
    this.width = this.element.clientWidth;
    this.height = this.element.clientHeight;
    this.element.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
  }

  /** Whether the picture is visible. */
  get drawable() {
    return this.seen && this.width > 0;
  }

  /**
   * Draws a layer on top of the earlier ones, if its values have changed.
   * @param {string} name
   * @param {unknown[]} values on which the layer depends
   * @param {() => Drawn} draw
   */
  layer(name, values, draw) {
    const group = this.groups.get(name) ?? this.element.appendChild(svg("g", { class: name }));
    this.groups.set(name, group);
    this.once(name, values, () => group.replaceChildren(...flat(draw())));
  }

  /**
   * Returns what `make` returns, and calls it again only if the values, the size or the language
   * have changed.
   * @template Made
   * @param {string} name
   * @param {unknown[]} values
   * @param {() => Made} make
   * @returns {Made}
   */
  once(name, values, make) {
    const key = [this.width, this.height, document.documentElement.lang, ...values];
    const known = this.known.get(name);
    if (known?.key.length === key.length && known.key.every((value, i) => Object.is(value, key[i]))) return known.made;
    const made = make();
    this.known.set(name, { key, made });
    return made;
  }

  /**
   * Describes the picture for screen readers.
   * @param {string} sentence
   */
  describe(sentence) {
    if (this.element.getAttribute("aria-label") !== sentence) this.element.setAttribute("aria-label", sentence);
  }
}

/**
 * @param {Drawn} drawn
 * @returns {Element[]}
 */
function flat(drawn) {
  if (!drawn) return [];
  return Array.isArray(drawn) ? drawn.flatMap(flat) : [drawn];
}
