import fc from "fast-check";
import { expect, test } from "vitest";
import { LineScanner, type ScannedRun, type StreamCounter } from "./line-scanner.ts";

function scannerOf(maxLineBytes?: number): { scanner: LineScanner; counters: Map<string, StreamCounter> } {
  const counters = new Map<string, StreamCounter>();
  const counterOf = (stream: string) => {
    const counter = counters.get(stream) ?? { records: 0, bytes: 0, isEnded: false };
    counters.set(stream, counter);
    return counter;
  };
  return { scanner: new LineScanner({ counterOf, maxLineBytes }), counters };
}

function scanned(scanner: LineScanner, ...chunks: string[]): ScannedRun[] {
  return chunks.flatMap((chunk) => [...scanner.push(Buffer.from(chunk))]);
}

function record(stream: string, data = "{}"): string {
  return `{"type":"record","record":{"stream":"${stream}","data":${data}}}\n`;
}

test("records of several streams are one run of bytes, and each is counted for its own", () => {
  const { scanner, counters } = scannerOf();
  const lines = record("a") + record("a", '{"x":1}') + record("ab") + record("b");
  const runs = scanned(scanner, lines);
  expect(runs.map(({ kind, bytes }) => [kind, bytes.toString()])).toEqual([["records", lines]]);
  expect([...counters].map(([name, { records }]) => [name, records])).toEqual([
    ["a", 2],
    ["ab", 1],
    ["b", 1],
  ]);
  const total = [...counters.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  expect(total).toBe(lines.length);
});

test("any other line stands alone, without its end and with its place", () => {
  const { scanner } = scannerOf();
  const text = record("a") + '{"type":"log"}\r\n' + record("a") + "\n";
  const runs = scanned(scanner, text);
  expect(runs.map(({ kind, bytes }) => [kind, bytes.toString()])).toEqual([
    ["records", record("a")],
    ["line", '{"type":"log"}\r\n'],
    ["records", record("a")],
    ["line", "\n"],
  ]);
  const lines = runs.flatMap((run) => (run.kind === "line" ? [run.line] : []));
  expect(lines.map(({ bytes, ...place }) => [bytes.toString(), place])).toEqual([
    ['{"type":"log"}', { lineNumber: 2, byteOffset: record("a").length }],
    ["", { lineNumber: 4, byteOffset: text.length - 1 }],
  ]);
});

test("under any chunking the same bytes come out, and the same is counted", () => {
  const line = fc.constantFrom(record("a"), record("b", '{"é":"\u2028"}'), '{"type":"log"}\n', "\n", "text\r\n");
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (lines, sizes) => {
      const whole = Buffer.from(lines.join(""));
      const { scanner, counters } = scannerOf();
      const out: Buffer[] = [];
      for (let at = 0, index = 0; at < whole.length; index += 1) {
        const size = sizes[index % sizes.length] ?? 1;
        out.push(...[...scanner.push(whole.subarray(at, at + size))].map(({ bytes }) => Buffer.from(bytes)));
        at += size;
      }
      expect(scanner.end()).toBeUndefined();
      expect(Buffer.concat(out).equals(whole)).toBe(true);
      for (const stream of ["a", "b"])
        expect(counters.get(stream)?.records ?? 0).toBe(lines.filter((each) => each.includes(`"${stream}"`)).length);
    }),
  );
});

test("a line may be as long as the limit and not a byte longer, whether it comes whole or in parts", () => {
  const fitting = record("a", '{"x":"yy"}');
  const limit = fitting.length - 1;
  const cut = (text: string) => [text.slice(0, 30), text.slice(30, 50), text.slice(50)];
  for (const parts of [[fitting], cut(fitting)]) expect(scanned(scannerOf(limit).scanner, ...parts)).toHaveLength(1);
  const tooLong = record("a", '{"x":"yyy"}');
  for (const parts of [[tooLong], cut(tooLong)]) {
    expect(() => scanned(scannerOf(limit).scanner, ...parts)).toThrow(
      `Line 1 of the source, of the stream "a", is longer than ${limit} bytes; raise --max-line-bytes`,
    );
  }
});

test("a line without an end is refused at the limit, not kept until memory ends", () => {
  const { scanner } = scannerOf(1000);
  let pushed = 0;
  expect(() => {
    for (; pushed < 100; pushed += 1) scanned(scanner, "x".repeat(100));
  }).toThrow("Line 1 of the source is longer than 1000 bytes");
  expect(pushed).toBe(10);
});

test("a record behind the end of its stream is refused with its line", () => {
  const { scanner, counters } = scannerOf();
  scanned(scanner, record("a"));
  const counter = counters.get("a");
  if (counter !== undefined) counter.isEnded = true;
  expect(() => scanned(scanner, record("a"))).toThrow(
    'Line 2 of the source is a record of "a", which has ended before.',
  );
});
