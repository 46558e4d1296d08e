/** A number by its digits, because 1.10 and 9007199254740993 are not what JavaScript makes of them. */
export class Digits {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Yields a JSON text parsed, with its numbers as Digits; throws SyntaxError as JSON.parse does. */
export function parseDigits(text: string): unknown {
  return JSON.parse(text, (_, value: unknown, context?: { source?: string }) =>
    typeof value === "number" ? new Digits(context?.source ?? String(value)) : value,
  );
}

/** Yields the JSON text of what `parseDigits` gave, each number with the digits that it had. */
export function stringifyDigits(value: unknown): string {
  if (value instanceof Digits) return value.text;
  if (Array.isArray(value)) return `[${value.map(stringifyDigits).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}:${stringifyDigits(each)}`);
  return `{${members.join(",")}}`;
}
