/** Rows and columns count from 0; ends are not included. */
export type Area = { startRow: number; endRow: number; startColumn: number; endColumn: number };

/** Yields a range in A1 notation. */
export function rangeOf(title: string, { startRow, endRow, startColumn, endColumn }: Area): string {
  const from = `${columnLetters(startColumn)}${startRow + 1}`;
  return `${quotedTitle(title)}!${from}:${columnLetters(endColumn - 1)}${endRow}`;
}

/** Yields the range of a whole row. */
export function rowRange(title: string, row: number): string {
  return `${quotedTitle(title)}!${row + 1}:${row + 1}`;
}

/** Yields the range of whole columns. */
export function columnsRange(title: string, startColumn: number, endColumn: number): string {
  return `${quotedTitle(title)}!${columnLetters(startColumn)}:${columnLetters(endColumn - 1)}`;
}

function quotedTitle(title: string): string {
  return `'${title.replaceAll("'", "''")}'`;
}

/** Yields A for 0, Z for 25, AA for 26. */
function columnLetters(column: number): string {
  const rest = Math.floor(column / 26);
  return (rest === 0 ? "" : columnLetters(rest - 1)) + String.fromCharCode(65 + (column % 26));
}
