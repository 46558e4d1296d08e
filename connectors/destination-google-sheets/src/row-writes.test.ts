import fc from "fast-check";
import { expect, test } from "vitest";
import { Layout, MARKER_HEADER } from "./document/layout.ts";
import type { ValueRange } from "./google/sheets-api.ts";
import { rowWrites } from "./row-writes.ts";
import type { PendingRow } from "./stream-rows.ts";

const OURS = [undefined, "id", "one", "other"];
const START = /!([A-Z])(\d+):/;

/** Columns of ours in any order, with some of a person's between. */
const layouts = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 4, maxLength: 4 }).map((places) => {
  const columns = new Map(OURS.flatMap((property, index) => (property ? [[property, places[index] ?? 0]] : [])));
  const header = Array.from({ length: 7 }, (_, column) => OURS[places.indexOf(column)] ?? "");
  const [marker = 0] = places;
  header[marker] = MARKER_HEADER;
  const tab = { sheetId: 1, title: "rows", rowCount: 100, columnCount: 7, isGrid: true };
  return new Layout(tab, { header, marker, columns });
});

const texts = fc.string({ maxLength: 200, unit: fc.constantFrom('"', "a", "ü", "\\") });
const batches = fc.uniqueArray(
  fc.record({ row: fc.integer({ min: 1, max: 12 }), isDeleted: fc.boolean(), one: texts, other: texts }),
  { selector: ({ row }) => row, minLength: 1 },
);

function put(cells: Map<string, unknown>, { range, values }: ValueRange): void {
  const [, letter = "", digits = ""] = START.exec(range) ?? [];
  const [column, row] = [letter.charCodeAt(0) - 65, Number(digits) - 1];
  for (const [down, line] of values.entries())
    for (const [across, value] of line.entries()) cells.set(`${row + down} ${column + across}`, value);
}

test("wherever the requests of a batch end, each row is whole, or known by its key or its marker", () => {
  const options = {
    layout: layouts,
    batch: batches,
    isMarkerFirst: fc.boolean(),
    maxBytes: fc.integer({ min: 1, max: 3000 }),
  };
  fc.assert(
    fc.property(fc.record(options), ({ layout, batch, isMarkerFirst, maxBytes }) => {
      const [id = 0] = [layout.columns.get("id")];
      const cells = new Map<string, unknown>();
      const pending = new Map<string, PendingRow>();
      for (const { row, isDeleted, one, other } of batch) {
        const key = `k${row}`;
        const isGone = isDeleted && !isMarkerFirst;
        if (isGone) cells.set(`${row} ${id}`, key).set(`${row} ${layout.marker}`, "old");
        const kept = new Map([
          ["id", key],
          ["one", one],
          ["other", other],
        ]);
        pending.set(key, isGone ? { marker: `!${key}`, cells: undefined } : { marker: "new", cells: kept });
      }
      const rows = new Map(batch.map(({ row }) => [`k${row}`, row]));
      const part = { layout, keyProperties: ["id"], batch: pending, rows, isMarkerFirst };
      for (const ranges of rowWrites([part], maxBytes)) {
        for (const range of ranges) put(cells, range);
        const isOne = ranges.length === 1 || new Set(ranges.map(({ range }) => START.exec(range)?.[2])).size === 1;
        if (!isOne)
          expect(Buffer.byteLength(JSON.stringify(ranges.map(({ values }) => values)))).toBeLessThanOrEqual(maxBytes);
        for (const [key, row] of rows) {
          const at = (column: number) => cells.get(`${row} ${column}`) ?? "";
          const isThere = [...layout.columns.values(), layout.marker].some((column) => at(column) !== "");
          const isKnown =
            at(layout.marker) === `!${key}` || (isMarkerFirst ? at(layout.marker) !== "" : at(id) === key);
          expect({ key, isThere, isKnown }).toEqual({ key, isThere, isKnown: isThere });
        }
      }
      for (const [key, { marker, cells: kept }] of pending) {
        const row = rows.get(key) ?? 0;
        const found = [layout.marker, ...layout.columns.values()].map((column) => cells.get(`${row} ${column}`) ?? "");
        expect(found).toEqual([marker, ...OURS.slice(1).map((property) => kept?.get(property ?? "") ?? "")]);
      }
    }),
  );
});
