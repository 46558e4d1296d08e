import { Readable } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cutAt } from "./fixtures/chunks.ts";
import type { Line } from "./line.ts";
import { readLines } from "./lines.ts";
import { recordLineHead, RECORD_LINE_TAIL } from "./record-line.ts";

type Outcome = { lines: Line[]; error: unknown };

async function read(input: string | Buffer, places: readonly number[] = []): Promise<Outcome> {
  const lines: Line[] = [];
  try {
    for await (const some of readLines(Readable.from(cutAt(Buffer.from(input), places)))) lines.push(...some);
  } catch (error) {
    return { lines, error };
  }
  return { lines, error: undefined };
}

const json = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ stringUnit: "binary" }));
/** Spellings that a parse and a stringify would not keep. */
const tokens = fc.constantFrom(
  '{"n":9007199254740993}',
  '{"n":1.10}',
  '{"n":1e400}',
  '{"n":-0.0}',
  '{"s":"\u2028\u2029\\u0041\\/"}',
  '{ "a" : [ ] }',
);
const record = fc.record(
  {
    stream: fc.string({ unit: "binary", minLength: 1 }),
    op: fc.constantFrom("upsert" as const, "delete" as const),
    version: fc.maxSafeNat(),
    emittedAt: fc.constant("2026-11-22T09:00:00.000Z"),
    data: fc.oneof(
      tokens,
      json.map((value) => JSON.stringify(value)),
    ),
  },
  { requiredKeys: ["stream", "data"] },
);

test("records arrive byte by byte as they were framed, whatever the chunks are", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(record), fc.array(fc.nat()), fc.boolean(), async (records, places, crlf) => {
      const framed = records.map(({ data, ...head }) => recordLineHead(head) + data + RECORD_LINE_TAIL).join("");
      const { lines, error } = await read(crlf ? framed.replaceAll("\n", "\r\n") : framed, places);
      expect(error).toBeUndefined();
      expect(
        lines.map((line) => line.kind === "record" && [line.stream, line.op, line.version, line.data.toString()]),
      ).toEqual(records.map(({ stream, op = "upsert", version, data }) => [stream, op, version, data]));
    }),
  );
});

test("lines before a broken one count, whatever the chunks are", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat()), async (places) => {
      const { lines, error } = await read('one\ntwo\n{"type":\nthree\n', places);
      expect(lines).toHaveLength(2);
      expect(error).toMatchObject({ code: "protocol" });
    }),
  );
});

test("a last line without LF counts when it is complete", async () => {
  const { lines, error } = await read('{"type":"record","record":{"stream":"a","data":{}}}');
  expect(error).toBeUndefined();
  expect(lines).toMatchObject([{ kind: "record", stream: "a" }]);
});

test("a message that is cut anywhere fails as `protocol`", async () => {
  const message = '{"type":"record","record":{"stream":"a","op":"upsert","data":{"a":{"b":{}}}}}';
  for (let end = 1; end < message.length; end += 1) {
    const { lines, error } = await read("text\n" + message.slice(0, end));
    expect(lines).toHaveLength(1);
    expect(error).toMatchObject({
      code: "protocol",
      message: expect.stringContaining("in the middle of line 2 (byte 5)"),
    });
  }
});

test("an empty input has no lines", async () => {
  expect(await read("")).toEqual({ lines: [], error: undefined });
  expect(await read("\uFEFF\n\r\n \t\n")).toEqual({ lines: [], error: undefined });
});
