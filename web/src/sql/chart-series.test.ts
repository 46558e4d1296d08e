import { expect, test } from "vitest";
import { likelyColumns, seriesOf } from "./chart-series.ts";

const text = { name: "currency", type: "text" };
const day = { name: "day", type: "timestamp with time zone" };
const sum = { name: "sum", type: "numeric" };

test("the first time, else the first text, goes along the bottom, and the first number upwards", () => {
  expect(likelyColumns({ columns: [sum, text, day] })).toEqual({ x: 2, y: 0 });
  expect(likelyColumns({ columns: [text, sum] })).toEqual({ x: 0, y: 1 });
  expect(likelyColumns({ columns: [sum, sum] })).toEqual({ x: 0, y: 1 });
  expect(likelyColumns({ columns: [text, text] })).toBeUndefined();
  expect(likelyColumns({ columns: [sum] })).toBeUndefined();
});

test("times are put in order, those that are missing are left out, and a missing height is a gap", () => {
  const rows = [
    ["2026-11-02 00:00:00+00", "2"],
    [null, "9"],
    ["2026-11-01 02:00:00+02", null],
  ];
  expect(seriesOf({ columns: [day, sum], rows }, { x: 0, y: 1 })).toEqual({
    kind: "time",
    xs: [Date.parse("2026-11-01T00:00:00Z") / 1000, Date.parse("2026-11-02T00:00:00Z") / 1000],
    labels: [],
    ys: [null, 2],
  });
});

test("days and times of any precision have their place, and a day is that of the viewer", () => {
  const days = { columns: [{ name: "day", type: "date" }, sum], rows: [["2026-11-01", "1"]] };
  expect(seriesOf(days, { x: 0, y: 1 }).xs).toEqual([new Date(2026, 10, 1).getTime() / 1000]);
  const rows = [["2026-11-01T00:00:00Z"], ["2026-11-01 00:00:01.5+00"], ["2026-11-01T00:00:02Z"]];
  const times = { columns: [day, sum], rows: rows.map(([at = ""]) => [at, "1"]) };
  const start = Date.parse("2026-11-01T00:00:00Z") / 1000;
  expect(seriesOf(times, { x: 0, y: 1 }).xs).toEqual([start, start + 1.5, start + 2]);
});

test("texts are bars in the order of the rows", () => {
  const rows = [
    ["usd", "12.50"],
    ["eur", "$1,000.00"],
  ];
  expect(seriesOf({ columns: [text, sum], rows }, { x: 0, y: 1 })).toEqual({
    kind: "category",
    xs: [0, 1],
    labels: ["usd", "eur"],
    ys: [12.5, 1000],
  });
});
