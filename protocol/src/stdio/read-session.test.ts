import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { Output } from "./output.ts";
import { ReadSession } from "./read-session.ts";
import { RECORD_LINE_TAIL, recordLineHead } from "./record-line.ts";

test("the memory of lines is given back once the reader has taken them, not before", async () => {
  const taken: string[] = [];
  const takeLater = (block: Buffer, done: () => void) => setImmediate(() => (taken.push(block.toString()), done()));
  const output = new Output(new Writable({ write: (block, _encoding, done) => void takeLater(block, done) }));
  const stream = { name: "a", json_schema: {} };
  const session = new ReadSession(output, [
    { stream, sync_mode: "full_refresh", destination_mode: "append", state: undefined },
  ]);
  const line = recordLineHead({ stream: "a" }) + JSON.stringify({ text: "x".repeat(100_000) }) + RECORD_LINE_TAIL;
  const bytes = Buffer.from(line);
  await session.emit({ type: "lines", stream: "a", count: 1, bytes, release: () => bytes.fill("-") });
  expect(taken.join("").endsWith(line)).toBe(true);
  expect(bytes.includes("x")).toBe(false);
});

test("a state counts as printed once the reader has taken it and all before it, not before", async () => {
  const waiting: (() => void)[] = [];
  const output = new Output(new Writable({ write: (_block, _encoding, done) => void waiting.push(done) }));
  const stream = { name: "a", json_schema: {} };
  const session = new ReadSession(output, [
    { stream, sync_mode: "incremental", destination_mode: "append", state: undefined },
  ]);
  let isPrinted = false;
  await session.emit({ type: "record", stream: "a", data: { id: 1 } });
  const printed = () => (isPrinted = true);
  const emitted = session.emit({ type: "state", data: {}, inputsThrough: 1, printed });
  for (let turns = 0; turns < 10; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(isPrinted).toBe(false);
  const reading = setInterval(() => waiting.shift()?.());
  await emitted;
  clearInterval(reading);
  expect(isPrinted).toBe(true);
});

test("a read is over when each stream has ended, at its limit or by itself; what still comes is given back", async () => {
  const output = new Output(new Writable({ write: (_block, _encoding, done) => done() }));
  const streams = ["short", "long"].map((name) => ({ name, json_schema: {} }));
  const session = new ReadSession(
    output,
    streams.map((stream) => ({
      stream,
      sync_mode: "full_refresh",
      destination_mode: "append",
      limit: 2,
      state: undefined,
    })),
  );
  await session.emit({ type: "record", stream: "short", data: {} });
  await session.emit({ type: "complete", stream: "short" });
  for (const n of [1, 2]) {
    expect(session.isOver).toBe(false);
    await session.emit({ type: "record", stream: "long", data: { n } });
  }
  expect(session.isOver).toBe(true);
  let isReleased = false;
  const bytes = Buffer.from(recordLineHead({ stream: "long" }) + "{}" + RECORD_LINE_TAIL);
  await session.emit({ type: "lines", stream: "long", count: 1, bytes, release: () => (isReleased = true) });
  expect(isReleased).toBe(true);
});
