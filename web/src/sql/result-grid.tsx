import { useVirtualizer } from "@tanstack/react-virtual";
import { useId, useRef, useState, type KeyboardEvent } from "react";
import { CellDialog, type OpenedCell } from "./cell-dialog.tsx";
import { moved, type Cell } from "./grid-cell.ts";
import { isNumber, type QueryResult } from "./result.ts";
import styles from "./result-grid.module.css";

const ROW_PX = 28;
const CHARACTER_PX = 7.6;
const PADDING_PX = 26;
const WIDTHS_PX = { least: 72, most: 340 };
/** The widths come from so many rows. */
const SAMPLE = 60;

/**
 * The rows of a result; only those in sight are drawn, and only their columns in sight. The arrow keys go from cell to
 * cell, and Enter or a double click shows a value as a whole.
 */
export function ResultGrid({ result, label = "Rows", freshRows = 0 }: ResultGridProps) {
  const { columns, rows } = result;
  const scroll = useRef<HTMLDivElement>(null);
  const id = useId();
  const [active, setActive] = useState<Cell>({ row: 0, column: 0 });
  // the value and not its place, which another row may come into
  const [opened, setOpened] = useState<OpenedCell>();
  const [widths] = useState(() => columns.map((column, index) => widthOf(column.name, rows, index)));
  const down = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
    paddingStart: ROW_PX,
    // what is scrolled to must not hide below the head
    scrollPaddingStart: ROW_PX,
  });
  const across = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroll.current,
    estimateSize: (index) => widths[index] ?? WIDTHS_PX.least,
    overscan: 3,
  });
  const shownColumns = across.getVirtualItems();
  const width = across.getTotalSize();

  const open = ({ row, column }: Cell) => {
    const { name = "", type = "" } = columns[column] ?? {};
    setOpened({ name, type, value: rows[row]?.[column] ?? null });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && rows.length > 0) {
      // or the same press would press the button that the dialog gives the focus to
      event.preventDefault();
      open(active);
    }
    const next = moved(active, event, { rows: rows.length, columns: columns.length });
    if (next === undefined) return;
    event.preventDefault();
    setActive(next);
    down.scrollToIndex(next.row);
    across.scrollToIndex(next.column);
  };

  return (
    <>
      <div
        ref={scroll}
        className={styles.grid}
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length}
        aria-activedescendant={rows.length === 0 ? undefined : `${id}-${active.row}-${active.column}`}
        onKeyDown={onKeyDown}
      >
        <div role="rowgroup" className={styles.head} style={{ width }}>
          <div role="row" aria-rowindex={1} className={styles.row}>
            {shownColumns.map(({ index, start, size }) => (
              <div
                key={index}
                role="columnheader"
                aria-colindex={index + 1}
                title={columns[index]?.type}
                className={styles.cell}
                data-number={columns[index] !== undefined && isNumber(columns[index])}
                style={{ insetInlineStart: start, width: size }}
              >
                {columns[index]?.name}
              </div>
            ))}
          </div>
        </div>
        <div role="rowgroup" style={{ width, height: down.getTotalSize() - ROW_PX }} className={styles.body}>
          {down.getVirtualItems().map((line) => (
            <div
              key={line.index}
              role="row"
              aria-rowindex={line.index + 2}
              className={styles.row}
              data-fresh={line.index < freshRows}
              style={{ transform: `translateY(${line.start - ROW_PX}px)`, width }}
            >
              {shownColumns.map(({ index, start, size }) => {
                const value = rows[line.index]?.[index] ?? null;
                const isActive = active.row === line.index && active.column === index;
                return (
                  // the keys are those of the grid, which has the focus
                  <div
                    key={index}
                    id={`${id}-${line.index}-${index}`}
                    role="gridcell"
                    tabIndex={-1}
                    aria-colindex={index + 1}
                    aria-selected={isActive}
                    className={styles.cell}
                    data-null={value === null}
                    data-number={columns[index] !== undefined && isNumber(columns[index])}
                    style={{ insetInlineStart: start, width: size }}
                    onMouseDown={() => setActive({ row: line.index, column: index })}
                    onDoubleClick={() => open({ row: line.index, column: index })}
                  >
                    {value === null ? "null" : value.slice(0, 200)}
                  </div>
                );
              })}
            </div>
          ))}
        </div>
      </div>
      {opened === undefined ? null : <CellDialog {...opened} onClose={() => setOpened(undefined)} />}
    </>
  );
}

export type ResultGridProps = {
  result: QueryResult;
  label?: string;
  /** So many rows at the top have just come, and are marked. */
  freshRows?: number;
};

function widthOf(name: string, rows: QueryResult["rows"], column: number): number {
  const longest = rows.slice(0, SAMPLE).reduce((most, row) => Math.max(most, row[column]?.length ?? 4), name.length);
  return Math.round(Math.min(Math.max(longest * CHARACTER_PX + PADDING_PX, WIDTHS_PX.least), WIDTHS_PX.most));
}
