import { cellText } from "./cell-text.ts";
import { serialOfMs, serialOfText } from "./instant.ts";
import { shownNumber } from "./number.ts";

/** A value as it is written; the empty text is an empty cell. */
export type CellInput = string | number | boolean;
export type WrittenCell = { value: CellInput; isAltered: boolean };

/** How a property's values are shown: as dates, times, or as they are. A key is a text always, so that it is found again. */
export type Kind = "key" | "date" | "date_time" | "unix_time" | "plain";

type SchemaNode = { format?: unknown; type?: unknown; anyOf?: unknown; oneOf?: unknown };

/** Yields the kind of a property from its JSON Schema. */
export function kindOf(schema: unknown): Kind {
  if (typeof schema !== "object" || schema === null) return "plain";
  const { format, anyOf, oneOf }: SchemaNode = schema;
  if (format === "unix-time") return "unix_time";
  if (format === "date-time") return "date_time";
  if (format === "date") return "date";
  const choices = [anyOf, oneOf].filter(Array.isArray).flat().map(kindOf);
  return choices.find((kind) => kind !== "plain") ?? "plain";
}

/**
 * Yields the cell of a JSON token. Numbers that a spreadsheet would show otherwise, such as those beyond 2^53, are texts;
 * times are serial numbers in UTC; objects and arrays are their JSON, token by token; null is an empty cell.
 */
export function cellOf(token: string, kind: Kind): WrittenCell {
  const [first] = token;
  if (first === '"') return cellOfText(String(JSON.parse(token)), kind);
  if (token === "null") return { value: "", isAltered: false };
  if (first === "{" || first === "[") return written(token);
  if (kind === "key") return written(token);
  if (token === "true" || token === "false") return { value: token === "true", isAltered: false };
  const number = shownNumber(token);
  if (number === undefined) return written(token);
  if (kind !== "unix_time") return { value: number, isAltered: false };
  const serial = Number.isInteger(number) ? serialOfMs(number * 1000) : undefined;
  // among dates a number would be shown as a date
  return { value: serial ?? token, isAltered: false };
}

function cellOfText(text: string, kind: Kind): WrittenCell {
  const serial = kind === "date_time" || kind === "date" ? serialOfText(text) : undefined;
  return serial === undefined ? written(text) : { value: serial, isAltered: false };
}

function written(text: string): WrittenCell {
  const { text: value, isAltered } = cellText(text);
  return { value, isAltered };
}
