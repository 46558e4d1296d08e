import fc from "fast-check";
import { expect, test } from "vitest";
import { parseCanonicalRecord, recordData, recordLineHead, RECORD_LINE_TAIL } from "./record-line.ts";

const head = fc.record(
  {
    stream: fc.string({ unit: "binary", minLength: 1 }),
    op: fc.constantFrom("upsert" as const, "delete" as const),
    version: fc.maxSafeNat(),
    emittedAt: fc.constant("2026-11-22T09:00:00.000Z"),
  },
  { requiredKeys: ["stream"] },
);

/** Yields [stream, op, version, data] of a canonical line, or undefined when it needs a full parse. */
function fast(line: string): unknown[] | undefined {
  const record = parseCanonicalRecord(Buffer.from(line), 1);
  return record && [record.stream, record.op, record.version, record.data.toString()];
}

test("a head, an object and the tail are one JSON line that says the same", () => {
  fc.assert(
    fc.property(head, fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()), (fields, data) => {
      const line = recordLineHead(fields) + JSON.stringify(data) + RECORD_LINE_TAIL;
      const { record } = JSON.parse(line);
      const { stream, op = "upsert", version, emittedAt } = fields;
      expect(line.endsWith("\n") && !line.slice(0, -1).includes("\n")).toBe(true);
      expect([record.stream, record.op, record.version, record.emitted_at]).toEqual([stream, op, version, emittedAt]);
      expect(JSON.stringify(record.data)).toEqual(JSON.stringify(data));
    }),
  );
});

test("a canonical line is recognised without a parse, and its data are its own bytes", () => {
  const data = '{"n":9007199254740993,"d":1.10,"e":1e400,"s":"\u2028\u2029}}}"}';
  expect(fast(`{"type":"record","record":{"stream":"ü","op":"delete","version":7,"data":${data}}}`)).toEqual([
    "ü",
    "delete",
    7,
    data,
  ]);
  expect(fast('{"type":"record","record":{"stream":"a","data":{}}}')).toEqual(["a", "upsert", undefined, "{}"]);
});

test.each([
  ["another order of keys", '{"type":"record","record":{"op":"upsert","stream":"a","data":{}}}'],
  ["keys behind data", '{"type":"record","record":{"stream":"a","data":{},"op":"delete"}}'],
  ["white space", '{"type":"record", "record":{"stream":"a","data":{}}}'],
  ["white space at the end", '{"type":"record","record":{"stream":"a","data":{}} }'],
  ["an escaped stream name", '{"type":"record","record":{"stream":"\\u0061","data":{}}}'],
  ["an escape in emitted_at", '{"type":"record","record":{"stream":"a","emitted_at":"\\u0032","data":{}}}'],
  ["a field of its own", '{"type":"record","record":{"stream":"a","trace":"x","data":{}}}'],
  ["a repeated stream", '{"type":"record","record":{"stream":"a","stream":"b","data":{}}}'],
  ["no stream name", '{"type":"record","record":{"stream":"","data":{}}}'],
  ["a version with a leading zero", '{"type":"record","record":{"stream":"a","version":01,"data":{}}}'],
  ["a version above 2^53-1", '{"type":"record","record":{"stream":"a","version":9007199254740992,"data":{}}}'],
  ["a negative version", '{"type":"record","record":{"stream":"a","version":-1,"data":{}}}'],
  ["a version with a fraction", '{"type":"record","record":{"stream":"a","version":1.5,"data":{}}}'],
  ["data that are a list", '{"type":"record","record":{"stream":"a","data":[{}]}}'],
])("%s makes a line that needs a full parse", (_, line) => {
  expect(fast(line)).toBeUndefined();
});

test("data are found in a record line of any form", () => {
  const line = ' { "record": {"data": {"a": 1.10}, "stream":"a"}, "type":"record" } ';
  expect(recordData(Buffer.from(line))?.toString()).toBe('{"a": 1.10}');
});
