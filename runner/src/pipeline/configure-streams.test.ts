import type { Stream } from "@sluice/protocol";
import { expect, test } from "vitest";
import { coerceConfig } from "./coerce-config.ts";
import { configureStreams } from "./configure-streams.ts";

const properties = {
  id: { type: "string" },
  created: { type: "integer", format: "unix-time" },
  total: { type: "integer" },
};
const stream = (name: string, more: Partial<Stream> = {}): Stream => ({
  name,
  json_schema: { type: "object", properties },
  primary_key: ["id"],
  ...more,
});
const OFFERED = [stream("customers"), stream("issuing_cards"), stream("issuing_disputes"), stream("invoices")];

function names(...args: Parameters<typeof configureStreams>): string[] {
  return configureStreams(...args).map((each) => each.stream.name);
}

test("all are moved, or those that the pipeline names, in its order, each once", () => {
  expect(names(OFFERED, undefined)).toEqual(["customers", "issuing_cards", "issuing_disputes", "invoices"]);
  expect(names(OFFERED, ["invoices", "issuing_*", "invoices"])).toEqual([
    "invoices",
    "issuing_cards",
    "issuing_disputes",
  ]);
  expect(names(OFFERED, ["*"], { select: ["issuing_d*", "customers"] })).toEqual(["issuing_disputes", "customers"]);
});

test("of a stream that is chosen twice the last choice counts", () => {
  const [first] = configureStreams(OFFERED, ["*", { name: "customers", destination_mode: "append", limit: 5 }]);
  expect(first).toMatchObject({ stream: { name: "customers" }, destination_mode: "append", limit: 5 });
});

test("what is not there is named", () => {
  expect(() => names(OFFERED, ["orders"])).toThrow("orders");
  expect(() => names(OFFERED, ["order*"])).toThrow('No stream matches "order*"; "sluice discover" prints all.');
  expect(() => names(OFFERED, ["customers"], { select: ["invoices"] })).toThrow("invoices");
  expect(() => names([], undefined)).toThrow("There is no stream to move");
});

test("fields narrow the schema, and keep the key", () => {
  const [customers] = configureStreams(OFFERED, [{ name: "customers", fields: ["total"] }]);
  expect(Object.keys(Object(customers?.stream.json_schema["properties"]))).toEqual(["id", "total"]);
});

test("a range of time has the unit of the cursor, and only streams that can be read by time take one", () => {
  const since = new Date("2026-01-01T00:00:00.900Z");
  const timed = (cursor_field: string) => stream("timed", { supports: { time_range: true }, cursor_field });
  const range = (cursor: string) => configureStreams([timed(cursor)], undefined, { since })[0]?.time_range;
  expect(range("created")).toEqual({ gte: 1_767_225_600 });
  expect(range("id")).toEqual({ gte: "2026-01-01T00:00:00.900Z" });
  expect(configureStreams([timed("created")], undefined, { until: since, limit: 3 })[0]).toMatchObject({
    time_range: { lt: 1_767_225_600 },
    limit: 3,
  });
  expect(() => names(OFFERED, undefined, { since })).toThrow('"customers" cannot be read for a range of time');
});

test("a part of a stream is not taken where it would replace all of it", () => {
  const overwritten = stream("timed", { supports: { time_range: true }, cursor_field: "created" });
  const selection = { name: "timed", destination_mode: "overwrite" } as const;
  expect(names([overwritten], [selection])).toEqual(["timed"]);
  for (const part of [{ limit: 5 }, { since: new Date() }, { until: new Date() }])
    expect(() => names([overwritten], [selection], part)).toThrow('"timed" is overwritten');
  expect(() => names([overwritten], [{ ...selection, limit: 5 }])).toThrow('"timed" is overwritten');
});

test("text from the environment becomes what the schema asks for, or stays for the connector to name", () => {
  const schema = {
    properties: {
      port: { type: "integer" },
      rate: { type: ["number", "null"] },
      on: { type: "boolean" },
      events: { properties: { days: { type: "number" } } },
    },
  };
  expect(coerceConfig({ port: "5432", on: "false", events: { days: "1.5" }, other: "7", list: ["1"] }, schema)).toEqual(
    {
      port: 5432,
      on: false,
      events: { days: 1.5 },
      other: "7",
      list: ["1"],
    },
  );
  expect(coerceConfig({ port: "", on: "no" }, schema)).toEqual({ port: "", on: "no" });
  expect(coerceConfig({ port: "many" }, schema)).toEqual({ port: "many" });
});
