import { useLayoutEffect, useRef, useState, type FocusEvent, type KeyboardEvent } from "react";

const PAGE_ROWS = 10;

/**
 * Makes a list of many rows one row to Tab: arrow keys, Page Up and Down, Home and End go from row to row, and Tab goes on
 * from there to what is in it, then past the list. Each row has its index as `data-row`, and `tabIndexOf` it on its controls.
 */
export function useRowKeys<Box extends HTMLElement>(count: number) {
  const box = useRef<Box>(null);
  const [chosen, setChosen] = useState(0);
  // a row that is not drawn takes the focus once it is
  const awaited = useRef<number>(undefined);
  useLayoutEffect(() => {
    if (awaited.current !== undefined && focusRow(box.current, awaited.current)) awaited.current = undefined;
  });
  const active = Math.min(chosen, Math.max(0, count - 1));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || hasOwnKeys(event.target)) return;
    // from the list itself the first press leads to its row
    const isInRow = rowOf(event.target) !== undefined;
    const next = isInRow ? rowAfter(event.key, active, count) : event.key === "ArrowDown" ? active : undefined;
    if (next === undefined) return;
    event.preventDefault();
    setChosen(next);
    if (!focusRow(box.current, next)) awaited.current = next;
  };
  const onFocus = ({ target }: FocusEvent) => setChosen(rowOf(target) ?? active);
  return { box, active, handlers: { onKeyDown, onFocus }, tabIndexOf: (row: number) => (row === active ? 0 : -1) };
}

function rowAfter(key: string, row: number, count: number): number | undefined {
  const rows: Record<string, number> = {
    ArrowDown: row + 1,
    ArrowUp: row - 1,
    PageDown: row + PAGE_ROWS,
    PageUp: row - PAGE_ROWS,
    Home: 0,
    End: count - 1,
  };
  const next = rows[key];
  return next === undefined ? undefined : Math.max(0, Math.min(count - 1, next));
}

function rowOf(target: EventTarget): number | undefined {
  const row = target instanceof Element ? target.closest<HTMLElement>("[data-row]") : null;
  return row === null ? undefined : Number(row.dataset["row"]);
}

/** Tells whether the arrow keys are taken where they are pressed. */
function hasOwnKeys(target: EventTarget): boolean {
  return target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && target.type !== "checkbox");
}

/** Gives the focus to the first control of a row, or to the row where it has none; false while it is not drawn. */
function focusRow(box: HTMLElement | null, index: number): boolean {
  const row = box?.querySelector<HTMLElement>(`[data-row="${index}"]`);
  if (row === null || row === undefined) return false;
  (row.querySelector<HTMLElement>("input:enabled, summary, button:enabled, a[href]") ?? row).focus();
  return true;
}
