import { invalid } from "../api-error.ts";

/** A rectangle of a tab, from a first row and column up to, not including, an end; counted from 0, an absent end is open. */
export type Rectangle = {
  startRow: number;
  endRow: number | undefined;
  startColumn: number;
  endColumn: number | undefined;
};

/** A range as it is written: the tab's title, or a name alone, and the rectangle behind the "!". */
export type A1Range = { title: string; rectangle: Rectangle | undefined };

const CORNER = /^([A-Za-z]{0,3})(\d*)$/;

/** Yields the parts of a range in A1 notation; throws the API's refusal for what is none. */
export function parseA1(range: string): A1Range {
  const quoted = /^'((?:[^']|'')+)'(?:!(.+))?$/s.exec(range);
  const plain = quoted ?? /^([^'!]+)(?:!(.+))?$/s.exec(range);
  if (plain === null) throw unparseable(range);
  const title = (plain[1] ?? "").replaceAll("''", "'");
  return { title, rectangle: plain[2] === undefined ? undefined : rectangleOf(plain[2], range) };
}

/** Yields the refusal of a range whose tab or name there is not. */
export function unparseable(range: string) {
  return invalid(`Unable to parse range: ${range}`);
}

/** Yields a rectangle in A1 notation, closed at its ends. */
export function toA1(title: string, { startRow, endRow, startColumn, endColumn }: Rectangle): string {
  const end = `${columnLetters((endColumn ?? startColumn + 1) - 1)}${endRow ?? startRow + 1}`;
  return `'${title.replaceAll("'", "''")}'!${columnLetters(startColumn)}${startRow + 1}:${end}`;
}

/** Yields A for 0, Z for 25, AA for 26. */
function columnLetters(column: number): string {
  const rest = Math.floor(column / 26);
  return (rest === 0 ? "" : columnLetters(rest - 1)) + String.fromCharCode(65 + (column % 26));
}

function rectangleOf(text: string, range: string): Rectangle {
  const [from = "", to] = text.split(":");
  const start = cornerOf(from, range);
  const end = to === undefined ? start : cornerOf(to, range);
  const startRow = start.row ?? 0;
  const startColumn = start.column ?? 0;
  return {
    startRow,
    endRow: end.row === undefined ? undefined : end.row + 1,
    startColumn,
    endColumn: end.column === undefined ? undefined : end.column + 1,
  };
}

function cornerOf(text: string, range: string): { row: number | undefined; column: number | undefined } {
  const match = CORNER.exec(text);
  if (match === null || text === "") throw unparseable(range);
  const [, letters = "", digits = ""] = match;
  const column = Array.from(letters.toUpperCase()).reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
  return { row: digits === "" ? undefined : Number(digits) - 1, column: letters === "" ? undefined : column };
}
