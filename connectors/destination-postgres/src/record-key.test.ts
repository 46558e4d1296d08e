import fc from "fast-check";
import { expect, test } from "vitest";
import { keyScanner } from "./record-key.ts";

function recordKey(data: Buffer, properties: readonly string[]) {
  const { keys, problem } = keyScanner(properties)(data);
  return { keys: keys.map(String), ...(problem === undefined ? {} : { problem }) };
}

const storableText = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0") && text.isWellFormed());

test("the key of any object is the text of its key properties", () => {
  fc.assert(
    fc.property(storableText, fc.integer(), fc.object(), (text, number, rest) => {
      const data = Buffer.from(JSON.stringify({ rest, text, number }));
      expect(recordKey(data, ["text", "number"])).toEqual({ keys: [text, String(number)] });
    }),
  );
});

test("a key that is missing, null or an object is a problem that names it and nothing else of the record", () => {
  for (const object of [
    '{"name":"Ada"}',
    '{"id":null,"name":"Ada"}',
    '{"id":{"a":1},"name":"Ada"}',
    '{"id":[1],"name":"Ada"}',
  ]) {
    expect(recordKey(Buffer.from(object), ["id"])).toEqual({
      keys: [],
      problem: 'its key "id" is missing, null or not a scalar',
    });
  }
});

test("what is not one whole object is a problem", () => {
  for (const text of ['{"id":1},{"id":2}', '{"id":1', "[]", '{"id" 1}']) {
    expect(recordKey(Buffer.from(text), ["id"])).toMatchObject({ problem: "it is not one whole object" });
  }
});

test("a key with a character that Postgres cannot store is a problem, not another key", () => {
  for (const id of ["\\u0000", "\\ud800", "a\\udc00b"]) {
    expect(recordKey(Buffer.from(`{"id":"${id}"}`), ["id"])).toMatchObject({
      problem: expect.stringContaining("cannot store"),
    });
  }
});
