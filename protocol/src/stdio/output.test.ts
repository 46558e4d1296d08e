import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { Output, PeerGone } from "./output.ts";

/** A pipe whose reader takes one block each time `take` is called. */
class Pipe extends Writable {
  readonly blocks: Buffer[] = [];
  #taken: (() => void)[] = [];

  constructor() {
    super({ highWaterMark: 1 });
  }

  override _write(block: Buffer, _: BufferEncoding, done: () => void): void {
    this.blocks.push(block);
    this.#taken.push(done);
  }

  take(): void {
    this.#taken.shift()?.();
  }
}

function failing(code: string): Writable {
  const error = Object.assign(new Error(code), { code });
  return new Writable({ write: (_block, _encoding, done) => done(error) });
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test("a writer waits while 64 KiB are not taken, also when they came a few at a time", async () => {
  const pipe = new Pipe();
  const output = new Output(pipe);
  let written = 0;
  const writing = (async () => {
    for (; written < 1000; written += 1) {
      await output.write("x".repeat(999) + "\n");
      await turn();
    }
  })();
  for (let i = 0; i < 300; i += 1) await turn();
  expect(written).toBe(65);
  const reading = setInterval(() => pipe.take());
  await writing;
  await output.flush();
  clearInterval(reading);
  expect(Buffer.concat(pipe.blocks)).toHaveLength(1_000_000);
});

test("lines keep their order and are gathered into blocks", async () => {
  const blocks: Buffer[] = [];
  const output = new Output(new Writable({ write: (block, _encoding, done) => (blocks.push(block), done()) }));
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`);
  for (const line of lines) await output.write(line);
  await output.flush();
  expect(Buffer.concat(blocks).toString()).toBe(lines.join(""));
  expect(blocks.length).toBeLessThan(10);
});

test.each([10, 100_000])("memory of %i bytes may be used for something else once it was written", async (length) => {
  const taken: Buffer[] = [];
  const takeLater = (block: Buffer, done: () => void) => setImmediate(() => (taken.push(Buffer.from(block)), done()));
  const output = new Output(new Writable({ write: (block, _encoding, done) => void takeLater(block, done) }));
  const memory = Buffer.alloc(length, "a");
  await output.write(memory);
  memory.fill("b");
  await output.flush();
  expect(Buffer.concat(taken).equals(Buffer.alloc(length, "a"))).toBe(true);
});

test("what was written is printed without a flush", async () => {
  const pipe = new Pipe();
  await new Output(pipe).send({ type: "log", log: { level: "info", message: "x" } });
  await turn();
  expect(pipe.blocks.join("")).toBe('{"type":"log","log":{"level":"info","message":"x"}}\n');
});

test.each(["EPIPE", "ECONNRESET"])("%s means that the reader has gone, for every later write too", async (code) => {
  const output = new Output(failing(code));
  await output.write("x\n");
  await expect(output.flush()).rejects.toBeInstanceOf(PeerGone);
  await expect(output.write("y\n")).rejects.toBeInstanceOf(PeerGone);
});

test("a full disk is a failure of its own", async () => {
  const output = new Output(failing("ENOSPC"));
  await output.write("x\n");
  await expect(output.flush()).rejects.toMatchObject({ code: "system", message: expect.stringContaining("ENOSPC") });
});
