import { expect, onTestFinished, test, vi } from "vitest";
import { iterateInLogContext, withLogContext } from "./log-context.ts";
import { prettyLogLine } from "./pretty-log.ts";
import { rememberSecret } from "./secrets.ts";
import { configureLog, log } from "./stderr.ts";

function printed(): string[] {
  const lines: string[] = [];
  const spy = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  onTestFinished(() => spy.mockRestore());
  return lines;
}

function asJson(): void {
  vi.stubEnv("SLUICE_LOG_FORMAT", "json");
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

test("a person reads a sentence, a program a line of JSON with the fields", () => {
  const lines = printed();
  configureLog({ program: "source-test" });
  log("warn", "Slow.", { took_ms: 7 });
  asJson();
  log("warn", "Slow.", { took_ms: 7 });
  expect(lines[0]).toBe("source-test: warn: Slow.\n");
  expect(JSON.parse(lines[1] ?? "")).toEqual({
    level: "warn",
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    program: "source-test",
    took_ms: 7,
    message: "Slow.",
  });
});

test("the context is kept through what is awaited and through async iterables, and ends with them", async () => {
  const lines = printed();
  asJson();
  async function* pages() {
    for (const page of [1, 2]) {
      await Promise.resolve();
      log("info", `page ${page}`);
      yield page;
    }
  }
  await withLogContext({ run_id: "run_1" }, async () => {
    for await (const page of iterateInLogContext({ stream: "charges" }, pages())) log("info", `took ${page}`);
  });
  log("info", "after");
  const seen = lines.map((line) => JSON.parse(line)).map(({ run_id, stream, message }) => [message, run_id, stream]);
  expect(seen).toEqual([
    ["page 1", "run_1", "charges"],
    ["took 1", "run_1", undefined],
    ["page 2", "run_1", "charges"],
    ["took 2", "run_1", undefined],
    ["after", undefined, undefined],
  ]);
});

test("an iterable that is left early ends in its context", async () => {
  const ended = vi.fn<() => void>();
  async function* endless() {
    try {
      for (;;) yield 1;
    } finally {
      ended();
    }
  }
  for await (const _ of iterateInLogContext({ stream: "a" }, endless())) break;
  expect(ended).toHaveBeenCalledOnce();
});

test("no secret passes, neither in the sentence nor in a field, nor under a name that secrets have", () => {
  const lines = printed();
  asJson();
  rememberSecret("open-sesame-1");
  log("error", "The key open-sesame-1 failed.", { header: "Bearer open-sesame-1", api_key: "never-remembered" });
  expect(lines.join("")).not.toMatch(/open-sesame-1|never-remembered/);
});

test.each([
  [
    '{"type":"record","record":{"stream":"a","op":"delete","version":3,"data":{"id":1}}}',
    "record: delete in a, version 3",
  ],
  ['{"type":"state","state":{"seq":4,"scope":"stream","stream":"a","data":1}}', "state 4: a"],
  [
    '{"type":"stream_status","stream_status":{"stream":"a","status":"complete","committed":{"a":{"received":7,"written":5,"skipped":0,"deleted":0,"rejected":2}}}}',
    "a: complete, 7 records committed, 2 of them rejected",
  ],
  ['{"type":"log","log":{"level":"warn","message":"x","fields":{"a":1}}}', "warn: x  a=1"],
  ['{"type":"error","error":{"failure_type":"auth","message":"No."}}', "error: No. (auth)"],
  [
    '{"level":"info","time":"2026-01-01T00:00:00.000Z","program":"p","stream":"a","message":"m"}',
    "2026-01-01T00:00:00.000Z p: m  stream=a",
  ],
  ['{"type":"other"}', '{"type":"other"}'],
  ["plain {text}", "plain {text}"],
  ['{"cut', '{"cut'],
])("of %s a person reads %s", (line, text) => {
  expect(prettyLogLine(line, { withTime: true })).toBe(text);
});

test("a secret of digits in a field that is a number is masked, and the line stays one of JSON", () => {
  rememberSecret("123456");
  const lines = printed();
  asJson();
  log("info", "x", { n: 9123456, deep: [{ n: 7 }] });
  const fields = { n: "9***", deep: [{ n: 7 }] };
  expect(JSON.parse(lines[0] ?? "")).toMatchObject(fields);
  const told: unknown[] = [];
  configureLog({ sink: (_level, _message, about) => told.push(about) });
  onTestFinished(() => configureLog({ sink: undefined }));
  log("info", "x", { n: 9123456, deep: [{ n: 7 }] });
  expect(told).toMatchObject([fields]);
});
