import { quoteIdentifier, truncateIdentifier } from "@sluice/postgres-kit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { columnNames } from "./column-names.ts";

const long = "Ä".repeat(40);
const name = fc.oneof(
  fc.string({ unit: "binary", maxLength: 80 }),
  // what others are renamed to, or cut to
  fc.constantFrom(
    "_raw",
    "_raw_",
    "xmin",
    "xmin_",
    long,
    truncateIdentifier(long),
    "Id",
    "id",
    'q"uote',
    "\0",
    "\ud800",
  ),
);

test("whatever properties are called, each has a column of its own that Postgres can name, in any order", () => {
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 12 }), (properties) => {
      const columns = columnNames(properties);
      const nameable = properties.filter((one) => one !== "" && !one.includes("\0") && one.isWellFormed());
      expect([...columns.keys()]).toEqual(nameable);
      expect(new Set(columns.values()).size).toBe(nameable.length);
      for (const column of columns.values()) quoteIdentifier(column);
      expect(new Map([...columnNames(properties.toReversed())].toReversed())).toEqual(columns);
    }),
    { numRuns: 1000 },
  );
});

test("a property keeps its name where it is free and fits", () => {
  expect([...columnNames(["id", "Id", "select", "_raw", "_raw_", "xmin", long]).values()]).toEqual([
    "id",
    "Id",
    "select",
    "_raw_",
    "_raw__",
    "xmin_",
    truncateIdentifier(long),
  ]);
});
