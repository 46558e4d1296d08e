import { expect, test } from "vitest";
import { arrived } from "./tail-rows.ts";

test("rows that arrive come first, the last of them foremost, and replace those of their key", () => {
  const before = [
    ["b", "1"],
    ["a", "1"],
  ];
  const fresh = [
    ["a", "2"],
    ["c", "1"],
  ];
  expect(arrived(before, fresh, [0])).toEqual([
    ["c", "1"],
    ["a", "2"],
    ["b", "1"],
  ]);
});

test("without a key nothing is replaced, and at most 200 rows are kept", () => {
  const before = Array.from({ length: 200 }, (_, index) => [`${index}`]);
  const rows = arrived(before, [["0"]], [-1]);
  expect(rows).toHaveLength(200);
  expect(rows.slice(0, 2)).toEqual([["0"], ["0"]]);
});
