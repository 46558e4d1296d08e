type Revive = (key: string, value: unknown, context: { source?: string }) => unknown;

/** A number as its text has it, in one spelling for each value: 1.10 and 11e-1 are the same, 2^53 + 1 is not 2^53. */
class ExactNumber {
  readonly text: string;

  constructor(source: string) {
    const [, sign = "", whole = "", fraction = "", exponent = "0"] =
      /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
    const digits = (whole + fraction).replace(/^0+/, "");
    const significant = digits.replace(/0+$/, "");
    const power = Number(exponent) - fraction.length + (digits.length - significant.length);
    this.text = significant === "" ? "0" : `${sign}${significant}e${power}`;
  }
}

/**
 * Yields one text for all spellings of a JSON value: members sorted by name, no white space, and each number exact, however
 * many digits it has. Throws a SyntaxError for what is not JSON.
 */
export function canonicalJson(json: string): string {
  const revive: Revive = (_, value, { source }) =>
    typeof value === "number" && source !== undefined ? new ExactNumber(source) : value;
  return written(JSON.parse(json, revive as (key: string, value: unknown) => unknown));
}

function written(value: unknown): string {
  if (value instanceof ExactNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map(written).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${written(member)}`).join(",")}}`;
}
