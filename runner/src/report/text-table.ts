/** Yields rows of cells as lines of text; columns are as wide as their widest cell, texts to the left, counts to the right. */
export function textTable(rows: readonly (readonly string[])[], { textColumns = Infinity } = {}): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const padded = (cell: string, column: number) =>
    column < textColumns ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(padded).join("  ").trimEnd()).join("\n");
}
