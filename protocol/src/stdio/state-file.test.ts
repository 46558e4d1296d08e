import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { readStates } from "./state-file.ts";

type Seqs = [string | null, number][];

async function statesIn(text: string): Promise<Seqs> {
  vi.stubEnv("TEST_STATES", text);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const states = await readStates({ flag: "--state", value: "@env:TEST_STATES" });
  return [...states].map(([scope, { state }]) => [scope, state.seq]);
}

function state(seq: number, stream?: string): string {
  const scope = stream === undefined ? { scope: "global" } : { scope: "stream", stream };
  return JSON.stringify({ type: "state", state: { seq, ...scope, data: { type: "inner" } } });
}

test("the newest state of each scope counts, whatever else is in the file", async () => {
  const log = '{"type":"log","log":{"level":"info","message":"x"}}';
  const lines = [log, state(1, "a"), state(2, "b"), state(3), "", '{"type":"heartbeat"}', state(4, "a"), state(5)];
  expect(await statesIn(lines.join("\n") + "\n")).toEqual([
    ["a", 4],
    ["b", 2],
    [null, 5],
  ]);
});

test("a last line that is cut anywhere is ignored", async () => {
  const last = state(2, "a");
  for (let end = 0; end < last.length; end += 1) {
    expect(await statesIn(`${state(1, "a")}\r\n${last.slice(0, end)}`)).toEqual([["a", 1]]);
  }
  expect(await statesIn(`${state(1, "a")}\n${last}`)).toEqual([["a", 2]]);
});

test("a run that appends behind a cut line loses nothing of its own", async () => {
  const cut = state(2, "a");
  for (let end = 1; end < cut.length; end += 1) {
    expect(await statesIn(`${state(1, "a")}\n${cut.slice(0, end)}${state(3, "a")}\n${state(4)}\n`)).toEqual([
      ["a", 3],
      [null, 4],
    ]);
  }
});

test("a file that is appended to for ever is read, however large it has become", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-states-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const value = join(folder, "state.ndjson");
  const log = JSON.stringify({ type: "log", log: { level: "info", message: "x".repeat(999_900) } });
  await writeFile(value, `${state(1, "a")}\n${`${log}\n`.repeat(17)}${state(2, "a")}\n`);
  const states = await readStates({ flag: "--state", value });
  expect(states.get("a")?.state.seq).toBe(2);
});

test("the line of a state is kept as it came", async () => {
  const line = '{"type":"state","state":{"seq":1,"scope":"global","data":{"after":9007199254740993}}}';
  vi.stubEnv("TEST_STATES", `  {"type":"sta${line} \r\n`);
  const states = await readStates({ flag: "--state", value: "@env:TEST_STATES" });
  vi.unstubAllEnvs();
  expect(states.get(null)?.line.toString()).toBe(line);
});

test.each([
  ["is malformed", '{"type":"state"'],
  ["is stray text", "hello"],
  ["has no type", "{}"],
  ["is an incomplete state", '{"type":"state","state":{"seq":1}}'],
  ["is the state of a stream without its name", '{"type":"state","state":{"seq":1,"scope":"stream","data":1}}'],
])("a line in the middle that %s is an error that names it", async (_, line) => {
  await expect(statesIn(`${state(1)}\n${line}\n${state(2)}\n`)).rejects.toMatchObject({
    code: "config",
    message: expect.stringMatching(/^--state: line 2 of @env:TEST_STATES /),
  });
});
