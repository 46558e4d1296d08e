import fc from "fast-check";
import { expect, test } from "vitest";
import { moved } from "./grid-cell.ts";

const size = { rows: 100, columns: 5 };
const press = (key: string, ctrlKey = false) => ({ key, ctrlKey, metaKey: false });

test("keys lead from cell to cell, by pages, and to the ends of a row and of the grid", () => {
  const from = { row: 50, column: 2 };
  expect(moved(from, press("ArrowDown"), size)).toEqual({ row: 51, column: 2 });
  expect(moved(from, press("PageUp"), size)).toEqual({ row: 38, column: 2 });
  expect(moved(from, press("End"), size)).toEqual({ row: 50, column: 4 });
  expect(moved(from, press("Home", true), size)).toEqual({ row: 0, column: 0 });
  expect(moved(from, press("a"), size)).toBeUndefined();
});

test("no key leads out of the grid", () => {
  const keys = ["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End"];
  const grid = fc.record({ rows: fc.integer({ min: 1, max: 40 }), columns: fc.integer({ min: 1, max: 40 }) });
  fc.assert(
    fc.property(grid, fc.array(fc.tuple(fc.constantFrom(...keys), fc.boolean())), (within, presses) => {
      let cell = { row: 0, column: 0 };
      for (const [key, isFar] of presses) {
        cell = moved(cell, press(key, isFar), within) ?? cell;
        expect(cell.row).toBeGreaterThanOrEqual(0);
        expect(cell.row).toBeLessThan(within.rows);
        expect(cell.column).toBeGreaterThanOrEqual(0);
        expect(cell.column).toBeLessThan(within.columns);
      }
    }),
  );
  expect(moved({ row: 0, column: 0 }, press("ArrowDown"), { rows: 0, columns: 1 })).toBeUndefined();
});
