import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import type { Message } from "../message.ts";
import { run, start, type Run } from "./fixtures/connector-process.ts";
import { catalog, line, record, state, status } from "./fixtures/input.ts";

const token = "open sesame";
const fixture = "slow-destination.ts";

type Input = (string | Buffer)[];

function write(input: Input, args: string[] = []): Promise<Run> {
  const bytes = Buffer.concat(input.map((part) => Buffer.from(part)));
  return run(fixture, { args: ["write", ...args], input: bytes, env: { DESTINATION_FIXTURE_TOKEN: token } });
}

/** Yields what the destination was asked to do, in order. */
function steps({ stderr }: Run): string[] {
  return stderr.split("\n").flatMap((text) => /^@(\w+)/.exec(text)?.[1] ?? []);
}

function echoedSeqs(messages: Message[]): number[] {
  return messages.flatMap((message) => (message.type === "state" ? [message.state.seq] : []));
}

const whole = [
  catalog(["a"]),
  status("a", "started"),
  record("a", { n: 1 }),
  record("a", { n: 2 }),
  state(1, { a: 2 }),
  record("a", { n: 3 }),
  state(2, { a: 3 }),
  status("a", "complete", 3),
];

test("states and ends are echoed with what became of the records, everything else is passed on", async () => {
  const log = '{"type":"log", "log":{"level":"info","message":"kept as it is"}}\n';
  const written = await write([...whole, log]);
  expect(written.exitCode).toBe(0);
  const committed = { a: { received: 2, written: 2, skipped: 0, deleted: 0, rejected: 0 } };
  expect(written.messages).toMatchObject([
    { type: "stream_status", stream_status: { status: "started" } },
    { type: "state", state: { seq: 1, records: { a: 2 }, data: { seq: 1 }, committed } },
    { type: "state", state: { seq: 2, committed: { a: { received: 3 } } } },
    { type: "stream_status", stream_status: { status: "complete", records: 3, committed: { a: { received: 3 } } } },
    { type: "log" },
  ]);
  expect(written.lines.at(-1)).toBe(log.trimEnd());
});

test("an echo changes no token of the state", async () => {
  const odd =
    '{"type":"state","state":{"seq":1,"scope":"stream","stream":"a","data":{"after":9007199254740993, "x":1.10}}}';
  const { lines } = await write([catalog(["a"]), odd, "\n", status("a", "complete")]);
  expect(lines[0]).toBe(odd.replace("}}}", '},"committed":{}}}'));
});

test("a state is echoed only after the flush behind its records, however slow", async () => {
  const file = join(import.meta.dirname, "fixtures", fixture);
  const command = 'node --conditions=@sluice/source "$0" write --flush-ms 50 2>&1';
  const { stdout } = await execa("sh", ["-c", command, file], { input: whole.join("") });
  const order = stdout
    .split("\n")
    .flatMap((text) => /^@(flushed)|"type":"(state)"/.exec(text)?.slice(1).join("") ?? []);
  const flushesBefore = order
    .flatMap((word, index) => (word === "state" ? [order.slice(0, index)] : []))
    .map(countFlushes);
  expect(flushesBefore).toHaveLength(2);
  expect(flushesBefore[0]).toBeGreaterThanOrEqual(1);
  expect(flushesBefore[1]).toBeGreaterThanOrEqual(2);
});

function countFlushes(words: string[]): number {
  return words.filter((word) => word === "flushed").length;
}

test("a count that does not agree ends with 13, and nothing behind it is flushed or echoed", async () => {
  const lost = await write([
    catalog(["a"]),
    record("a", {}),
    state(1, { a: 1 }),
    record("a", {}),
    state(2, { a: 3 }),
    status("a", "complete"),
  ]);
  expect(lost.exitCode).toBe(13);
  expect(echoedSeqs(lost.messages)).toEqual([1]);
  expect(steps(lost)).toEqual(["open", "write", "flushing", "flushed", "close"]);
  expect(lost.messages.at(-1)).toMatchObject({
    type: "error",
    error: { failure_type: "protocol", message: expect.stringContaining('3 records of "a" were sent, but 2 arrived') },
  });
  const end = await write([catalog(["a"]), record("a", {}), status("a", "complete", 2)]);
  expect(end).toMatchObject({ exitCode: 13, messages: [{ type: "error" }] });
});

test.each([
  ["a cut last line", ['{"type":"record","record":{"stream":"a","data":{"x']],
  ["invalid UTF-8", [Buffer.from('{"type":"record","record":{"stream":"a","data":{"x":"\xff"}}}\n', "latin1")]],
  ["a record of a stream that the catalog does not have", [record("b", {})]],
  ["a state of a stream that the catalog does not have", [state(2, { b: 0 })]],
  ["an end of a stream that the catalog does not have", [status("b", "complete")]],
  ["a record behind the end of its stream", [status("a", "complete"), record("a", {})]],
  ["a second end", [status("a", "complete"), status("a", "failed")]],
  ["data that are not JSON", ['{"type":"record","record":{"stream":"a","data":{"x":}}}\n', status("a", "complete")]],
  ["two records on one line", [record("a", {}).trimEnd() + record("a", {}), status("a", "complete")]],
  ["a bad message", ['{"type":"state","state":{}}\n']],
])("%s ends with 13 and commits nothing behind the last state", async (_, rest) => {
  const broken = await write([catalog(["a"]), record("a", {}), state(1, { a: 1 }), record("a", {}), ...rest]);
  expect(broken.exitCode).toBe(13);
  expect(echoedSeqs(broken.messages)).toEqual([1]);
  expect(steps(broken).filter((step) => step === "flushed").length).toBeLessThanOrEqual(rest.length > 1 ? 2 : 1);
  expect(broken.messages.at(-1)).toMatchObject({ type: "error", error: { failure_type: "protocol" } });
});

test.each([
  ["is missing", []],
  ["is incomplete", [status("b", "incomplete")]],
  ["is failed", [status("b", "failed")]],
])("a terminal status that %s ends with 14, and what is committed stays", async (_, rest) => {
  const partial = await write([
    catalog(["a", "b"]),
    record("a", {}),
    state(1, { a: 1 }),
    status("a", "complete"),
    ...rest,
  ]);
  expect(partial.exitCode).toBe(14);
  expect(echoedSeqs(partial.messages)).toEqual([1]);
  expect(partial.stderr).toContain("1 of 2 streams were complete: b.");
});

test("a skipped stream is no failure", async () => {
  expect((await write([catalog(["a"]), status("a", "skipped")])).exitCode).toBe(0);
});

test.each([
  ["transient", 12],
  ["rate_limit", 12],
  ["auth", 14],
  ["data", 14],
])("an error message of type %s is passed on and ends with %i", async (type, exitCode) => {
  const error = line("error", { failure_type: type, message: "x", detail: "y" });
  const failed = await write([...whole, error]);
  expect(failed.exitCode).toBe(exitCode);
  expect(failed.lines.at(-1)).toBe(error.trimEnd());
});

test("an input without a catalog is refused, unless --catalog tells the streams", async () => {
  expect(await write([])).toMatchObject({ exitCode: 13, stderr: expect.stringContaining("The input is empty") });
  const bare = [record("a", {}), status("a", "complete", 1)];
  expect(await write(bare)).toMatchObject({
    exitCode: 13,
    stderr: expect.stringContaining("does not begin with a catalog"),
  });
  const told = await write(bare, ["--catalog", '{"streams":[{"name":"a","json_schema":{}}]}']);
  expect(told.exitCode).toBe(0);
});

test("a catalog in the middle adds its streams", async () => {
  const lines = [catalog(["a"]), catalog(["b"]), record("b", {}), status("a", "complete"), status("b", "complete")];
  expect(await write(lines)).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("@schema b\n") });
  // records of a stream that was never opened would be lost
  const refused = await write(lines, ["--late-streams", "false"]);
  expect(refused).toMatchObject({
    exitCode: 13,
    stderr: expect.stringContaining('The stream "b" came only in the middle'),
  });
});

test("stray text and unknown messages are no failures, and no text is quoted", async () => {
  const odd = await write([
    catalog(["a"]),
    "debugging 4242\n",
    '{"type":"heartbeat"}\n',
    '{"type":"heartbeat"}\n',
    status("a", "complete"),
  ]);
  expect(odd.exitCode).toBe(0);
  expect(odd.messages).toMatchObject([
    { type: "log", log: { level: "warn", message: expect.stringMatching(/^Line 2 .*14 bytes/) } },
    { type: "heartbeat" },
    { type: "heartbeat" },
    { type: "stream_status" },
  ]);
  expect(odd.stderr.match(/unknown type "heartbeat"/g)).toHaveLength(1);
  expect(odd.lines.join() + odd.stderr).not.toContain("4242");
});

test("a line above --max-line-bytes ends with 13 and names its stream", async () => {
  const long = await write([catalog(["a"]), record("a", { x: "y".repeat(1000) })], ["--max-line-bytes", "900"]);
  expect(long).toMatchObject({
    exitCode: 13,
    stderr: expect.stringContaining('of stream "a" is longer than 900 bytes'),
  });
});

test.each(["open", "write", "flush", "close"])(
  "a failure to %s ends with its code and without an echo of what it hit",
  async (failing) => {
    const failed = await write(whole, ["--failing", failing]);
    expect(failed.exitCode).toBe(12);
    if (failing !== "close") expect(echoedSeqs(failed.messages)).toEqual([]);
    expect(failed.messages.at(-1)).toEqual({
      type: "error",
      error: { failure_type: "transient", message: `It failed to ${failing} with ***.`, detail: "***" },
    });
    expect(failed.lines.join() + failed.stderr).not.toContain(token);
  },
);

test("a destination that failed ends although its input goes on", async () => {
  const child = start(fixture, ["write"]);
  child.stdin.on("error", () => {});
  child.stdin.write(catalog(["a"]) + record("b", {}));
  expect((await child).exitCode).toBe(13);
});

test.each([
  ["SIGTERM", 143],
  ["SIGINT", 130],
] as const)("%s flushes what came, echoes only what is committed, and ends with %i", async (signal, exitCode) => {
  const child = start(fixture, ["write"]);
  child.stdin.write(catalog(["a"]) + record("a", {}) + state(1, { a: 1 }) + record("a", {}));
  child.stdout.once("data", () => child.kill(signal));
  const { stdout, ...ended } = await child;
  const messages: Message[] = stdout
    .trimEnd()
    .split("\n")
    .map((text) => JSON.parse(text));
  expect(ended.exitCode).toBe(exitCode);
  expect(echoedSeqs(messages)).toEqual([1]);
  expect(ended.stderr).toMatch(/@flushed\n@close\n$/);
});

test("a last commit that fails behind a signal is the failure, and everything is closed", async () => {
  const child = start(fixture, ["write", "--failing", "flush"]);
  child.stdin.write(catalog(["a"]) + record("a", {}));
  child.stderr.once("data", () => child.kill("SIGTERM"));
  const ended = await child;
  expect(ended.exitCode).toBe(12);
  expect(JSON.parse(ended.stdout)).toMatchObject({ type: "error", error: { failure_type: "transient" } });
  expect(ended.stderr).toContain("@close");
});

test("a second signal ends the process at once", async () => {
  const child = start(fixture, ["write", "--flush-ms", "100000"]);
  child.stdin.write(catalog(["a"]) + state(1, { a: 0 }));
  for await (const chunk of child.stderr) if (String(chunk).includes("@flushing")) break;
  child.kill("SIGTERM");
  // the first one is only known to have arrived once its listener is gone: keep asking until the process ends
  const again = setInterval(() => child.kill("SIGTERM"), 20);
  const ended = await child;
  clearInterval(again);
  expect(ended.signal).toBe("SIGTERM");
});

test("a reader of the echoes that goes away ends the destination with 12", async () => {
  const child = start(fixture, ["write"]);
  child.stdin.on("error", () => {});
  child.stdout.once("data", () => child.stdout.destroy());
  child.stdin.write(catalog(["a"]) + state(1, { a: 0 }));
  let seq = 1;
  const more = setInterval(() => child.stdin.write(state((seq += 1), { a: 0 })), 10);
  const ended = await child;
  clearInterval(more);
  expect(ended).toMatchObject({ exitCode: 12, stderr: expect.stringContaining("has ended") });
});

test("a state that does not follow the one before it ends with 13", async () => {
  for (const seq of [1, 3]) {
    const ended = await write([catalog(["a"]), state(1, { a: 0 }), state(seq, { a: 0 }), status("a", "complete")]);
    expect(ended).toMatchObject({ exitCode: 13, stderr: expect.stringContaining(`is state ${seq} behind state 1`) });
  }
});

test("with --strict a line that is no message ends with 13", async () => {
  const ended = await write([...whole.slice(0, 4), "a stray print\n", ...whole.slice(4)], ["--strict"]);
  expect(ended).toMatchObject({ exitCode: 13, stderr: expect.stringContaining("--strict is set") });
  expect(echoedSeqs(ended.messages)).toEqual([]);
});

test("with --catalog it is open before the input begins", async () => {
  const child = start(fixture, ["write", "--catalog", catalog(["a"]).trimEnd()]);
  await new Promise<void>((resolve) => {
    child.stderr.on("data", (chunk) => String(chunk).includes("@open a") && resolve());
  });
  child.stdin.end(whole.join(""));
  expect((await child).exitCode).toBe(0);
});

test("records go to the writer in batches, with operation and version", async () => {
  const deleted = '{"type":"record","record":{"stream":"a","op":"delete","version":7,"data":{"id":1}}}\n';
  const written = await write([catalog(["a"]), record("a", { id: 1 }), deleted, status("a", "complete", 2)]);
  expect(written.stderr).toContain(
    '@write [{"stream":"a","op":"upsert","data":{"id":1}},{"stream":"a","op":"delete","version":7,"data":{"id":1}}]\n',
  );
  expect(written.messages).toMatchObject([
    { stream_status: { committed: { a: { received: 2, written: 1, deleted: 1 } } } },
  ]);
});

test("--config - is refused, because records come on stdin", async () => {
  expect(await write([], ["--config", "-"])).toMatchObject({ exitCode: 2, lines: [] });
});
