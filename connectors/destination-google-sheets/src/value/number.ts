/** Digits that a spreadsheet shows of a number; more are kept in part only, or shown as zeros. */
const SHOWN_DIGITS = 15;

/** Yields the number of a JSON token, or undefined when a spreadsheet would show another one. */
export function shownNumber(token: string): number | undefined {
  const number = Number(token);
  if (Math.abs(number) > Number.MAX_SAFE_INTEGER) return undefined;
  const digits = digitsOf(token);
  if (digits.digits.length > SHOWN_DIGITS) return undefined;
  const kept = digitsOf(String(number));
  return digits.digits === kept.digits && digits.exponent === kept.exponent ? number : undefined;
}

/** Yields the digits of a decimal number without zeros at either end, and the power of ten behind the last of them. */
function digitsOf(token: string): { digits: string; exponent: number } {
  const [, whole = "", fraction = "", power = "0"] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token) ?? [];
  const all = (whole + fraction).replace(/^0+/, "");
  const digits = all.replace(/0+$/, "");
  if (digits === "") return { digits: "", exponent: 0 };
  return { digits, exponent: Number(power) - fraction.length + (all.length - digits.length) };
}
