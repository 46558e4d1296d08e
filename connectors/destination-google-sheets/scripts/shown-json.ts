type Value = { stringValue?: string; numberValue?: number; boolValue?: boolean };
type Schema = { type?: string | string[]; format?: string };

const DAY_MS = 86_400_000;
/** Days from 1899-12-30 to 1970. */
const EPOCH_DAYS = 25_569;
/** A spreadsheet shows so many digits; a number with more is a text. */
const SHOWN_DIGITS = 15;

/** Yields what a cell shows, as the JSON of a value that its property's schema allows; undefined for an empty cell. */
export function shownJson({ stringValue, numberValue, boolValue }: Value, schema: Schema = {}): string | undefined {
  if (boolValue !== undefined) return String(boolValue);
  if (numberValue !== undefined) return shownNumber(numberValue, schema);
  if (stringValue === undefined) return undefined;
  return shownText(stringValue, schema);
}

function shownNumber(number: number, { format }: Schema): string {
  const ms = Math.round((number - EPOCH_DAYS) * DAY_MS);
  if (format === "unix-time") return String(ms / 1000);
  if (format === "date-time") return JSON.stringify(new Date(ms).toISOString());
  if (format === "date") return JSON.stringify(new Date(ms).toISOString().slice(0, 10));
  return JSON.stringify(number);
}

function shownText(text: string, { type }: Schema): string {
  const types = type === undefined ? undefined : [type].flat();
  const isJson = (pattern: RegExp) => pattern.test(text) && parses(text);
  // without a type, only a number of too many digits is a text
  const isNumber =
    types === undefined
      ? isJson(/^-?\d/) && text.replaceAll(/\D/g, "").length > SHOWN_DIGITS
      : types.some((each) => each === "integer" || each === "number") && isJson(/^-?\d/);
  const isNested =
    types === undefined
      ? isJson(/^[[{]/)
      : (types.includes("object") && isJson(/^\{/)) || (types.includes("array") && isJson(/^\[/));
  return isNumber || isNested ? text : JSON.stringify(text);
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // that is the answer
    return false;
  }
}
