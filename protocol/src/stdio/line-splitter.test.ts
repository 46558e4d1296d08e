import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { cutAt } from "./fixtures/chunks.ts";
import { DEFAULT_MAX_LINE_BYTES, LineSplitter, type RawLine } from "./line-splitter.ts";

function split(input: Buffer | string, places: readonly number[] = []): RawLine[] {
  const splitter = new LineSplitter();
  const lines = cutAt(Buffer.from(input), places).flatMap((chunk) => splitter.push(chunk));
  const last = splitter.end();
  return last === undefined ? lines : [...lines, last];
}

function texts(input: Buffer | string, places?: readonly number[]): string[] {
  return split(input, places).map(({ bytes }) => bytes.toString());
}

const text = fc.string({ unit: fc.constantFrom("a", "é", "\r", "\n", "\t", " ", "\u2028", "\u2029", "😀", "\uFEFF") });
const places = fc.array(fc.nat());

test("lines are the same whatever the chunks are", () => {
  fc.assert(
    fc.property(text, places, (input, cuts) => {
      expect(split(input, cuts)).toEqual(split(input));
    }),
  );
});

test("only LF ends a line; blank lines and one CR before the LF are dropped", () => {
  fc.assert(
    fc.property(text, places, (input, cuts) => {
      const expected = input
        .replace(/^\uFEFF/, "")
        .split("\n")
        .map((line) => line.replace(/\r$/, ""))
        .filter((line) => !/^[ \t\r]*$/.test(line));
      expect(texts(input, cuts)).toEqual(expected);
    }),
  );
});

test("a BOM is dropped from the first line only", () => {
  expect(texts("\uFEFFa\n\uFEFFb\n")).toEqual(["a", "\uFEFFb"]);
});

test("each line knows its number and the byte at which it begins, blank lines counted", () => {
  const lines = split("é\r\n\n  \nb\nc", [1, 2, 5]);
  expect(lines.map(({ lineNumber, byteOffset }) => [lineNumber, byteOffset])).toEqual([
    [1, 0],
    [4, 8],
    [5, 10],
  ]);
});

test("a line above the limit is refused with its stream and size, in one chunk or in many", () => {
  const line = Buffer.from('{"type":"record","record":{"stream":"kunden_ü","data":{' + "x".repeat(200) + "}}}\n");
  for (const size of [1, 7, 150, 1000]) {
    const splitter = new LineSplitter(100);
    const feed = () => {
      for (let at = 0; at < line.length; at += size) splitter.push(line.subarray(at, at + size));
    };
    splitter.push(Buffer.from("short\n"));
    expect(feed).toThrow(/Line 2 of stream "kunden_ü" is longer than 100 bytes/);
  }
});

test("a line that is exactly as long as the limit is taken", () => {
  const splitter = new LineSplitter(5);
  expect(splitter.push(Buffer.from("12345\n"))).toHaveLength(1);
  expect(splitter.push(Buffer.from("123"))).toHaveLength(0);
  expect(splitter.push(Buffer.from("45\n"))).toHaveLength(1);
});

test.each([
  [1, 1024 * 1024],
  [4096, DEFAULT_MAX_LINE_BYTES],
  [65536, DEFAULT_MAX_LINE_BYTES],
])("chunks of %i bytes are copied no more than twice on the way to a line of %i", (chunkBytes, lineBytes) => {
  const allocate = vi.spyOn(Buffer, "allocUnsafeSlow");
  const chunk = Buffer.alloc(chunkBytes, "x");
  const splitter = new LineSplitter();
  for (let sent = 0; sent < lineBytes; sent += chunkBytes) splitter.push(chunk);
  const lines = splitter.push(Buffer.from("\n"));
  // growing copies what was there, so what was allocated bounds the work
  const allocated = allocate.mock.calls.reduce((sum, [bytes]) => sum + bytes, 0);
  allocate.mockRestore();
  expect(lines.map(({ bytes }) => bytes.length)).toEqual([lineBytes]);
  expect(allocated).toBeGreaterThanOrEqual(lineBytes);
  expect(allocated).toBeLessThanOrEqual(3 * lineBytes);
});
