import { PassThrough, Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { ChildInput } from "./child-input.ts";

test("what was added is written in order, with the next flush", async () => {
  const stream = new PassThrough();
  const input = new ChildInput(stream);
  input.add(Buffer.from("a"));
  input.add(Buffer.from("b"));
  expect(stream.readableLength).toBe(0);
  expect(input.flush()).toBeUndefined();
  input.end();
  expect((await buffer(stream)).toString()).toBe("ab");
});

test("a writer is held back while nobody reads, and let go when there is room", async () => {
  const stream = new PassThrough({ highWaterMark: 4 });
  const input = new ChildInput(stream);
  input.add(Buffer.from("12345678"));
  let isHeld = true;
  const flushed = Promise.resolve(input.flush()).then(() => {
    isHeld = false;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect([isHeld, input.isFull]).toEqual([true, true]);
  stream.resume();
  await flushed;
  expect(input.isFull).toBe(false);
});

test("a reader that goes lets the writer go, and what is written to it then is dropped", async () => {
  const stream = new Writable({ highWaterMark: 1, write: () => {} });
  const input = new ChildInput(stream);
  input.add(Buffer.from("12345678"));
  const flushed = input.flush();
  stream.destroy(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
  await flushed;
  input.add(Buffer.from("more"));
  expect(input.flush()).toBeUndefined();
  expect(input.isFull).toBe(false);
  input.end();
});
