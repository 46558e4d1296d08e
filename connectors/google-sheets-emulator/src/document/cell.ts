import { invalid } from "../api-error.ts";

/** What a cell shows: a formula is kept as its text and never evaluated. */
export type CellValue = string | number | boolean;
export type ExtendedValue = {
  stringValue?: string;
  numberValue?: number;
  boolValue?: boolean;
  formulaValue?: string;
};

/** A cell that holds something; its format is whatever was set. Never changed in place. */
export type Cell = {
  readonly value?: CellValue | undefined;
  readonly isFormula?: boolean | undefined;
  readonly format?: Readonly<Record<string, unknown>> | undefined;
};

/** Yields the value that `values.*` stores for a JSON value; undefined for none, as for the empty text. */
export function enteredValue(input: unknown, isParsed: boolean): Pick<Cell, "value" | "isFormula"> {
  if (typeof input === "number" || typeof input === "boolean") return { value: input };
  if (typeof input !== "string") throw invalid("Invalid values: a value is a string, a number, a boolean or null.");
  if (input === "") return {};
  return isParsed ? parsedInput(input) : { value: input };
}

/** Yields the value of a cell in `updateCells` and `repeatCell`. */
export function extendedValue(extended: ExtendedValue | undefined): Pick<Cell, "value" | "isFormula"> {
  if (extended?.formulaValue !== undefined) return { value: extended.formulaValue, isFormula: true };
  const value = extended?.stringValue ?? extended?.numberValue ?? extended?.boolValue;
  return value === undefined || value === "" ? {} : { value };
}

/** Yields the userEnteredValue of a cell, as a spreadsheet is read. */
export function asExtendedValue({ value, isFormula }: Cell): ExtendedValue | undefined {
  if (isFormula === true) return { formulaValue: String(value) };
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "number") return { numberValue: value };
  return typeof value === "boolean" ? { boolValue: value } : undefined;
}

/** What a person's typing becomes: the forms that matter to tests of ours, not all of Google's. */
function parsedInput(text: string): Pick<Cell, "value" | "isFormula"> {
  if (text.startsWith("=") || text.startsWith("+")) return { value: text, isFormula: true };
  if (text.startsWith("'")) return { value: text.slice(1) };
  if (/^(true|false)$/i.test(text)) return { value: text.toLowerCase() === "true" };
  return text.trim() !== "" && Number.isFinite(Number(text)) ? { value: Number(text) } : { value: text };
}
