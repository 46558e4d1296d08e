import { expect, test } from "vitest";
import { pickerRows } from "./picker-rows.ts";
import { everything, withStreams } from "./stream-selection.ts";
import { offeredStreams } from "./stream.ts";

const streams = offeredStreams({
  streams: ["coupons", "customers", "customers_sources", "issuing_cards", "issuing_disputes"].map((name) => ({
    name,
    json_schema: {},
    ...(name === "issuing_disputes" ? { metadata: { access: { status: "denied" } } } : {}),
  })),
});
const keysOf = (filter: Parameters<typeof pickerRows>[1], selection = everything(streams)) =>
  pickerRows(streams, filter, selection).map(({ key }) => key);

test("streams stand under what they begin with alike, and those that begin like no other come last", () => {
  expect(keysOf({ text: "", show: "all" })).toEqual([
    "group customers",
    "customers",
    "customers_sources",
    "group issuing",
    "issuing_cards",
    "issuing_disputes",
    "group others",
    "coupons",
  ]);
});

test("a search finds all of its words in any order, and what is shown can be only the selected or the refused", () => {
  expect(keysOf({ text: "Sources cust", show: "all" })).toEqual(["group customers", "customers_sources"]);
  const [capital] = offeredStreams({ streams: [{ name: "MonthlySums", json_schema: {} }] });
  expect(pickerRows(capital === undefined ? [] : [capital], { text: "monthlys", show: "all" }, new Map())).toHaveLength(
    2,
  );
  expect(keysOf({ text: "", show: "denied" })).toEqual(["group issuing", "issuing_disputes"]);
  const few = withStreams(new Map(), streams.slice(0, 1), true);
  expect(keysOf({ text: "", show: "selected" }, few)).toEqual(["group others", "coupons"]);
});
