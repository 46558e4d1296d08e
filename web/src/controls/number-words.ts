const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const axis = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 2 });
const short = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });

/** Yields a count with its thousands set apart. */
export function count(number: number): string {
  return whole.format(number);
}

/** Yields a number beside the axis of a chart, such as "12.34K". */
export function axisNumber(number: number): string {
  return axis.format(number);
}

/** Yields a count for where there is little room, such as "12.3K". */
export function shortCount(number: number): string {
  return number < 10_000 ? whole.format(number) : short.format(number);
}
