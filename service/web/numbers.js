/** Formatted numbers, as in the sentences of the service. */

/** Created once, because that takes longer than to format a number. */
const GROUPED = new Intl.NumberFormat("en-US");
const SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/**
 * Formats with three digits, or with all digits before the point: 0.0338, 7.30, 1,506, 3.38×10⁻⁵.
 * The minus sign is a real one.
 * @param {number} value
 */
export function written(value) {
  return magnitude(Math.abs(value), value < 0 ? "−" : "");
}

/**
 * @param {number} value
 * @param {string} sign
 */
function magnitude(value, sign) {
  if (value >= 99.95 && value < 1e9) return sign + counted(value);
  if (value >= 0.001 && value < 99.95) return sign + value.toPrecision(3);
  if (value === 0) return "0";
  const short = Number(value.toPrecision(3));
  if (short >= 1e-4 && short <= 0.001) return sign + short;
  const [mantissa, exponent] = value.toExponential(2).split("e");
  return `${sign}${Number(mantissa)}×10${raised(Number(exponent))}`;
}

/**
 * Formats a tick: like `written`, but without zeros at the end.
 * @param {number} value
 */
export function shortest(value) {
  return written(value).replace(/(?:\.0+|(\.\d*[1-9])0+)(?=$|×)/, "$1");
}

/**
 * Formats a whole number, with its digits in groups of three.
 * @param {number} value
 */
export function counted(value) {
  return GROUPED.format(Math.round(value)).replace("-", "−");
}

/**
 * Formats a part as a percentage: with two digits, or with three from 10% on.
 * @param {number} part
 */
export function percent(part) {
  if (part >= 1e4) return `${written(100 * part)}%`;
  if (part >= 9.995) return `${counted(100 * part)}%`;
  if (part > 0 && part < 1e-8) return `${written(100 * Number(part.toPrecision(2)))}%`;
  return `${Number((100 * part).toPrecision(part > 0.0995 ? 3 : 2))}%`;
}

/**
 * Formats a part like `percent`, but if it is smaller than `least`, says only that.
 * @param {number} least
 * @param {number} part
 */
export function percentFrom(least, part) {
  return part > 0 && part < least ? `<${percent(least)}` : percent(part);
}

/**
 * Formats a coefficient of determination so that two digits of what is missing to 1 are visible:
 * 0.62, 0.983, 0.99977. Below 0 it has three digits.
 * @param {number} r2
 */
export function coefficient(r2) {
  if (r2 < 0) return written(r2);
  if (1 - r2 < 1e-6) return "1";
  return r2.toFixed(Math.max(2, 1 + Math.ceil(-Math.log10(1 - r2))));
}

/**
 * Rounds a rate that the user chose to three digits.
 * @param {number} lr
 */
export function rounded(lr) {
  return Number(lr.toPrecision(3));
}

/**
 * Reads a number that a person typed: 0.3, 1e-5, 1×10⁻⁵, 1,506 or 0,3. A comma groups digits if
 * three of them follow it each time, and is a decimal comma otherwise. A percent sign is ignored.
 * Returns NaN if there is no number.
 * @param {string} typed
 */
export function parsed(typed) {
  const plain = typed
    .replace(/[\s%]/g, "")
    .replace("−", "-")
    .replace(/[×*]10\^?([-⁻]?[\d⁰¹²³⁴⁵⁶⁷⁸⁹]+)$/, (_, exponent) => `e${lowered(exponent)}`);
  const pointed = /^[-+]?[1-9]\d{0,2}(,\d{3})+(?!\d)/.test(plain)
    ? plain.replaceAll(",", "")
    : plain.replace(/^([^,.]*),([^,.]*)$/, "$1.$2");
  return decimal(pointed);
}

/**
 * Reads a number with a decimal point. Returns NaN for another text.
 * @param {string} digits
 */
export function decimal(digits) {
  return /^[-+−]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(digits) ? Number(digits.replace("−", "-")) : Number.NaN;
}

/**
 * Returns an exponent in superscript as plain digits.
 * @param {string} raised
 */
function lowered(raised) {
  return raised.replace("⁻", "-").replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹]/g, (digit) => String(SUPERSCRIPT.indexOf(digit)));
}

/**
 * Returns a number as a person types it, with up to twelve digits: 0.114, 1e-5.
 * @param {number} value
 */
export function plain(value) {
  const short = Number(value.toPrecision(12));
  return value !== 0 && Math.abs(value) < 1e-3 ? short.toExponential() : String(short);
}

/**
 * Formats an exponent in superscript.
 * @param {number} exponent
 */
function raised(exponent) {
  const digits = String(Math.abs(exponent)).replace(/\d/g, (digit) => SUPERSCRIPT[Number(digit)]);
  return (exponent < 0 ? "⁻" : "") + digits;
}

/**
 * Formats the curve as a formula: 0.768·t² − 14.7·t + 71.8.
 * @param {Record<string, number>} coefficients from the highest power down
 */
export function formula(coefficients) {
  const values = Object.values(coefficients);
  const parts = values.map((value, i) => {
    const sign = i === 0 ? (value < 0 ? "−" : "") : ` ${value < 0 ? "−" : "+"} `;
    return `${sign}${written(Math.abs(value))}${power(values.length - 1 - i)}`;
  });
  return parts.join("");
}

/** @param {number} exponent */
function power(exponent) {
  if (exponent === 0) return "";
  return exponent === 1 ? "·t" : `·t${raised(exponent)}`;
}
