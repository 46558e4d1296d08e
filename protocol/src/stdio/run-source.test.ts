import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, onTestFinished, test } from "vitest";
import { messageSchemas, type Message } from "../message.ts";
import { run, start, type Run } from "./fixtures/connector-process.ts";

const token = "sesame/öffne dich";

function source(args: string[], env: Record<string, string> = {}): Promise<Run> {
  return run("counting-source.ts", { args, env: { SOURCE_FIXTURE_TOKEN: token, ...env } });
}

/** Yields what the messages say in short, without what differs from run to run. */
function outline(messages: Message[]): string[] {
  return messages.map((message) => {
    switch (message.type) {
      case "record":
        return `${message.record.stream} ${JSON.stringify(message.record.data)}`;
      case "state":
        return `state ${message.state.seq} ${message.state.stream ?? "global"} ${JSON.stringify(message.state.records)}`;
      case "stream_status":
        return `${message.stream_status.stream} ${message.stream_status.status} ${message.stream_status.records ?? ""}`.trim();
      default:
        return message.type;
    }
  });
}

function expectNoSecret({ lines, stderr }: Run): void {
  for (const spelling of [token, encodeURIComponent(token)]) expect(lines.join("\n") + stderr).not.toContain(spelling);
}

test("a read prints the catalog, records, numbered states with counts, and a terminal status a stream", async () => {
  const { exitCode, lines, messages, stderr } = await source(["read", "--count", "2"]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(outline(messages)).toEqual([
    "catalog",
    "a started",
    'a {"n":1}',
    'a {"n":2}',
    'state 1 a {"a":2}',
    "b started",
    'b {"n":1}',
    'b {"n":2}',
    'state 2 b {"b":2}',
    'state 3 global {"a":2,"b":2}',
    "a complete 2",
    "b complete 2",
  ]);
  for (const message of messages) expect(messageSchemas[message.type].safeParse(message).error).toBeUndefined();
  expect(lines[3]).toMatch(
    /^\{"type":"record","record":\{"stream":"a","op":"delete","version":2,"emitted_at":"\d{4}-\d\d-\d\dT[\d:.]+Z","data":\{"n":2\}\}\}$/,
  );
});

test("a later read continues from the states in a destination's output, and says so", async () => {
  const folder = await mkdtemp(join(tmpdir(), "run-source-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "states.ndjson");
  const first = await source(["read", "--count", "2", "--streams", "a"]);
  await writeFile(file, first.lines.join("\n") + '\n{"type":"sta');
  const { messages } = await source(["read", "--count", "1", "--state", file]);
  expect(outline(messages)).toContain('a {"n":3}');
  expect(outline(messages)).toContain('b {"n":1}');
  expect(messages[0]).toMatchObject({
    catalog: {
      resumed_from: [
        { scope: "stream", stream: "a", seq: 1 },
        { scope: "global", seq: 2 },
      ],
    },
  });
  expect(messages.find(({ type }) => type === "state")).toMatchObject({
    state: { generation_id: generationOf(first) },
  });
});

function generationOf({ messages }: Run): string | undefined {
  const status = messages.find((message) => message.type === "stream_status");
  return status?.stream_status.generation_id;
}

test("--streams reads these streams only, in this order", async () => {
  const { messages } = await source(["read", "--count", "1", "--streams", "b,a"]);
  expect(outline(messages).filter((line) => line.includes("{"))[0]).toBe('b {"n":1}');
  const one = await source(["read", "--count", "1", "--streams", "b"]);
  expect(outline(one.messages).some((line) => line.startsWith("a "))).toBe(false);
  const none = await source(["read", "--streams", "aa"]);
  expect(none).toMatchObject({
    exitCode: 10,
    lines: [],
    stderr: expect.stringContaining('"aa" does not exist; did you mean "a"?'),
  });
});

test("what a source cannot do is refused, not passed over", async () => {
  const catalog = (more: object) =>
    JSON.stringify({
      streams: [
        { stream: { name: "a", json_schema: {} }, sync_mode: "full_refresh", destination_mode: "append", ...more },
      ],
    });
  expect((await source(["read", "--catalog", catalog({ time_range: { gte: 1 } })])).exitCode).toBe(0);
  const refused = await source(["read", "--live"]);
  expect(refused).toMatchObject({ exitCode: 2, lines: [], stderr: expect.stringContaining("--live") });
});

function asked(more: object): string {
  const json_schema = { type: "object", properties: { n: {}, m: {} }, required: ["n", "m"] };
  const stream = { name: "a", json_schema, primary_key: ["n"] };
  return JSON.stringify({ streams: [{ stream, sync_mode: "full_refresh", destination_mode: "append", ...more }] });
}

test.each(["wide", "bytes"])("a read (%s) sends the fields that are asked for, and the key", async (behaviour) => {
  const { messages } = await source(["read", "--behaviour", behaviour, "--catalog", asked({ fields: ["m"] })]);
  expect(messages[0]).toMatchObject({
    catalog: { streams: [{ stream: { json_schema: { properties: { n: {}, m: {} }, required: ["n", "m"] } } }] },
  });
  expect(outline(messages).filter((line) => line.startsWith("a {"))).toEqual(
    [1, 2, 3].map((n) => `a {"n":${n},"m":"m"}`),
  );
  const key = await source(["read", "--behaviour", behaviour, "--catalog", asked({ fields: [] })]);
  expect(outline(key.messages)).toContain('a {"n":1}');
  expect(key.messages[0]).toMatchObject({ catalog: { streams: [{ stream: { json_schema: { required: ["n"] } } }] } });
  const absent = await source(["read", "--catalog", asked({ fields: ["mm"] })]);
  expect(absent).toMatchObject({ exitCode: 10, lines: [], stderr: expect.stringContaining('did you mean "m"?') });
});

test.each(["wide", "bytes"])("a read (%s) ends a stream at its limit, before its next state", async (behaviour) => {
  const { messages, exitCode } = await source(["read", "--behaviour", behaviour, "--catalog", asked({ limit: 2 })]);
  expect(exitCode).toBe(0);
  expect(
    outline(messages)
      .slice(2)
      .map((line) => line.replace(/,.*/, "")),
  ).toEqual(['a {"n":1', 'a {"n":2', "a complete 2"]);
});

test("a global state behind the end of all streams is sent", async () => {
  const { messages } = await source(["read", "--behaviour", "ends_all", "--count", "1"]);
  expect(outline(messages).slice(-3)).toEqual(["a complete 1", "b complete 1", 'state 3 global {"a":1,"b":1}']);
});

test("a live read hears on stdin what is durable, and goes on until it is stopped", async () => {
  const child = start("live-source.ts", ["read", "--live"]);
  child.stdin.write('{"type":"committed","committed":{"seq":1}}\n');
  let text = "";
  for await (const chunk of child.stdout) {
    text += String(chunk);
    if (text.includes('"data":{"heard":1}')) break;
  }
  child.kill("SIGTERM");
  expect(await child).toMatchObject({ exitCode: 143 });
});

test("a line on stdin that is not for a source ends a live read with 13", async () => {
  const ended = await run("live-source.ts", { args: ["read", "--live"], input: "hello\n" });
  expect(ended).toMatchObject({ exitCode: 13, stderr: expect.stringContaining("neither") });
});

test("under a runner what is logged comes as `log` messages, secrets masked", async () => {
  const { messages, stderr } = await source(["read", "--behaviour", "printing"], { SLUICE_RUN_ID: "run_1" });
  expect(stderr).toBe("");
  expect(messages.filter(({ type }) => type === "log")).toEqual([
    { type: "log", log: { level: "info", message: "a stray message with ***" } },
  ]);
});

test("a failure of the whole read is told on both sides, leaves no stream complete, and sets its exit code", async () => {
  const failed = await source(["read", "--behaviour", "auth"]);
  expect(failed.exitCode).toBe(11);
  expect(failed.messages.at(-2)).toEqual({
    type: "error",
    error: { failure_type: "auth", message: "The token *** is not accepted.", detail: "***" },
  });
  expect(outline(failed.messages).at(-1)).toBe("a incomplete 3");
  expect(failed.stderr).toContain("error: The token *** is not accepted.");
  expectNoSecret(failed);
});

test("a crash ends with 1 and a stack without secrets, and completes no stream", async () => {
  const crashed = await source(["read", "--behaviour", "crash"]);
  expect(crashed.exitCode).toBe(1);
  expect(crashed.stderr).toMatch(/Unexpected failure, please report it: Error: Cannot read \*\*\*\n {2}\| +at /);
  expect(outline(crashed.messages).filter((line) => line.includes("complete"))).toEqual([]);
  expectNoSecret(crashed);
});

test("a stream that fails ends in 14 while the others go on", async () => {
  const failed = await source(["read", "--behaviour", "fail_a"]);
  expect(failed.exitCode).toBe(14);
  expect(outline(failed.messages).slice(-2)).toEqual(['state 3 global {"a":3,"b":3}', "b complete 3"]);
  expect(failed.messages.find(({ type }) => type === "error")).toMatchObject({
    error: { failure_type: "data", stream: "a" },
  });
  expect(outline(failed.messages)).toContain("a failed 3");
  expectNoSecret(failed);
});

test("a skipped stream is a success unless it was named", async () => {
  const skipped = await source(["read", "--behaviour", "skip_a"]);
  expect(skipped.exitCode).toBe(0);
  expect(outline(skipped.messages)).toContain("a skipped 3");
  expectNoSecret(skipped);
  expect((await source(["read", "--behaviour", "skip_a", "--streams", "a"])).exitCode).toBe(14);
});

test("a source that sends for a stream that it does not read, or that has ended, fails as `protocol`", async () => {
  const stray = await source(["read", "--behaviour", "stray"]);
  expect(stray).toMatchObject({ exitCode: 13, stderr: expect.stringContaining('for the stream "c"') });
  const ended = await source(["read", "--behaviour", "ended"]);
  expect(ended).toMatchObject({ exitCode: 13, stderr: expect.stringContaining("behind the end of it") });
});

test("a stream that the source completes itself carries its sweep", async () => {
  const { messages } = await source(["read", "--behaviour", "sweep"]);
  const end = messages.find(
    (message) => message.type === "stream_status" && message.stream_status.status === "complete",
  );
  expect(end).toMatchObject({ stream_status: { stream: "a", records: 3, sweep_version: 7 } });
});

test.each([
  ["SIGTERM", 143],
  ["SIGINT", 130],
] as const)("%s ends a read with its last states, incomplete, and exit code %i", async (signal, exitCode) => {
  const child = start("counting-source.ts", ["read", "--count", "1000000000"]);
  child.stdout.once("data", () => child.kill(signal));
  const { stdout, ...ended } = await child;
  const messages: Message[] = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(ended.exitCode).toBe(exitCode);
  const records = messages.filter(({ type }) => type === "record").length;
  expect(outline(messages).slice(-2)).toEqual([`state 1 global {"a":${records}}`, `a incomplete ${records}`]);
});

test("a second signal ends the process at once", async () => {
  const child = start("counting-source.ts", ["read", "--behaviour", "stuck"]);
  let seen = "";
  for await (const chunk of child.stdout) {
    seen += String(chunk);
    if (seen.includes('"state"')) break;
  }
  child.kill("SIGTERM");
  // the first one is only known to have arrived once its listener is gone: keep asking until the process ends
  const again = setInterval(() => child.kill("SIGTERM"), 20);
  const ended = await child;
  clearInterval(again);
  expect(ended.signal).toBe("SIGTERM");
});

test("a reader that goes away ends a read with 12", async () => {
  const child = start("counting-source.ts", ["read", "--count", "1000000000"]);
  child.stdout.once("data", () => child.stdout.destroy());
  const ended = await child;
  expect(ended).toMatchObject({ exitCode: 12, stderr: expect.stringContaining("has ended") });
});

test("a failure outranks the reader that went away", async () => {
  const file = join(import.meta.dirname, "fixtures", "counting-source.ts");
  const command = `{ node --conditions=@sluice/source "$0" read --behaviour auth; echo $? >&2; } | true`;
  const ended = await execa("sh", ["-c", command, file]);
  expect(ended.stderr.split("\n").at(-1)).toBe("11");
});

test("a full disk is not a reader that went away", async () => {
  const file = join(import.meta.dirname, "fixtures", "counting-source.ts");
  const ended = await execa("sh", ["-c", 'node --conditions=@sluice/source "$0" read > /dev/full', file], {
    reject: false,
  });
  expect(ended).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("ENOSPC") });
});

test("console goes to stderr, secrets masked", async () => {
  const printing = await source(["read", "--behaviour", "printing"]);
  expect(printing).toMatchObject({ exitCode: 0, stderr: "source-fixture: a stray message with ***\n" });
});
