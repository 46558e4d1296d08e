/** A cell of a grid, counted from 0. */
export type Cell = { row: number; column: number };

const PAGE = 12;

type Press = { key: string; ctrlKey: boolean; metaKey: boolean };

/** Yields the cell that a key leads to from another one, within the grid; undefined for a key that leads nowhere. */
export function moved(from: Cell, press: Press, size: { rows: number; columns: number }): Cell | undefined {
  const to = target(from, press, size);
  return to === undefined || size.rows === 0
    ? undefined
    : { row: within(to.row, size.rows), column: within(to.column, size.columns) };
}

function target({ row, column }: Cell, press: Press, { rows }: { rows: number }): Cell | undefined {
  const isFar = press.ctrlKey || press.metaKey;
  switch (press.key) {
    case "ArrowDown":
      return { row: row + 1, column };
    case "ArrowUp":
      return { row: row - 1, column };
    case "ArrowRight":
      return { row, column: column + 1 };
    case "ArrowLeft":
      return { row, column: column - 1 };
    case "PageDown":
      return { row: row + PAGE, column };
    case "PageUp":
      return { row: row - PAGE, column };
    case "Home":
      return { row: isFar ? 0 : row, column: 0 };
    case "End":
      return { row: isFar ? rows - 1 : row, column: Infinity };
    default:
      return undefined;
  }
}

function within(index: number, count: number): number {
  return Math.min(Math.max(index, 0), count - 1);
}
