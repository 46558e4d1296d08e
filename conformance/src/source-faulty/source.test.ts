import { isUtf8 } from "node:buffer";
import { writeFile } from "node:fs/promises";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ended, linesOf, run, start, untilStderr, type Run } from "../fixtures/program.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { sourceFaults } from "./source-faults.ts";

const AT = 5;
const FILLER_BYTES = 200 * 1024;

const reference = await read();
const honest = linesOf(reference);
// the catalog, that the stream has started, four records, a state: and then record `at`
const struck = honest.findIndex((line) => line.includes('"data":{"id":5,'));
const states = honest.flatMap((line, index) => (line.startsWith('{"type":"state"') ? [index] : []));
const [firstState = 0, secondState = 0] = states;

function read(fault = "honest", ...more: string[]): Promise<Run> {
  return run("source", ["read", "--fault", fault, "--at", String(AT), "--records", "9", ...more]);
}

async function temporaryFile(): Promise<string> {
  return join(await temporaryFolder(), "file");
}

/** Yields the honest lines with `count` of them from `index` on replaced. */
function withLines(index: number, count: number, ...lines: string[]): string[] {
  return honest.toSpliced(index, count, ...lines);
}

type Expectation = (fault: string) => Promise<void>;

/** Expects a run to end with this exit code and these lines. */
function ends(exitCode: number, lines: () => string[]): Expectation {
  return async (fault) => {
    const found = await read(fault);
    expect({ exitCode: found.exitCode, lines: linesOf(found) }).toEqual({ exitCode, lines: lines() });
  };
}

const upToTheStrike = () => honest.slice(0, struck + 1);

const expectations: Record<string, Expectation> = {
  honest: async () => {
    expect(reference).toMatchObject({ exitCode: 0, stderr: "" });
    expect(honest.filter((line) => line.startsWith('{"type":"record"'))).toHaveLength(18);
    expect(states).toHaveLength(6);
    expect(honest.slice(-2).join("")).toMatch(/"stream_1","status":"complete".*\n.*"stream_2","status":"complete"/);
  },
  throws: async (fault) => {
    await ends(1, upToTheStrike)(fault);
    expect((await read(fault)).stderr).toContain("Error: It throws");
  },
  exits_early: ends(0, upToTheStrike),
  exits_nonzero: ends(1, () => honest),
  exits_partial: ends(14, () => honest),
  denies_failure: async (fault) => {
    const { exitCode, stdout } = await read(fault);
    const lines = linesOf({ stdout });
    const at = lines.findIndex((line) => line.startsWith('{"type":"error"'));
    expect({ exitCode, others: lines.toSpliced(at, 1) }).toEqual({ exitCode: 0, others: honest });
    expect(JSON.parse(lines[at] ?? "")).toMatchObject({ error: { stream: "stream_1" } });
    expect(JSON.parse(lines[at + 1] ?? "")).toMatchObject({
      stream_status: { stream: "stream_1", status: "complete" },
    });
  },
  only_logs: async (fault) => {
    const { stdout } = await read(fault, "--hold-ms", "300");
    const [logs, others] = [true, false].map((isLog) =>
      linesOf({ stdout }).filter((line) => line.startsWith('{"type":"log"') === isLog),
    );
    expect(logs).toHaveLength(3);
    expect(others).toEqual(honest);
  },
  floods_stderr: async (fault) => {
    const { exitCode, stdout, stderr } = await read(fault);
    expect({ exitCode, lines: linesOf({ stdout }) }).toEqual({ exitCode: 0, lines: honest });
    expect(stderr.length).toBeGreaterThan(10_000_000);
  },
  prints_text: ends(0, () => withLines(struck + 1, 0, Buffer.from("Loading plugins… 3 of 3\n").toString("latin1"))),
  unknown_types: ends(0, () =>
    withLines(
      struck + 1,
      0,
      '{"type":"heartbeat","heartbeat":{"n":1}}\n',
      '{"type":"x_new","x_new":{"a":[1.10]},"more":null}\n',
    ),
  ),
  half_line: ends(0, () => [
    ...upToTheStrike(),
    '{"type":"record","record":{"stream":"stream_1","op":"upsert","data":{"id":7',
  ]),
  two_on_a_line: ends(0, () => withLines(struck, 2, honest[struck]?.trimEnd() + (honest[struck + 1] ?? ""))),
  invalid_utf8: async (fault) => {
    const found = await read(fault);
    expect(isUtf8(Buffer.from(found.stdout, "latin1"))).toBe(false);
    expect(linesOf({ stdout: found.stdout.replace("\xff", "") })).toEqual(honest);
  },
  line_separators: async (fault) => {
    const { stdout } = await read(fault);
    const lines = Buffer.from(stdout, "latin1").toString().trimEnd().split("\n");
    expect(lines).toHaveLength(honest.length);
    expect(JSON.parse(lines[struck] ?? "").record.data).toEqual({ id: 5, text: "\u2028\u2029\u0085" });
  },
  huge_line: async (fault) => {
    const { stdout } = await read(fault, "--line-bytes", "5000000");
    const line = stdout.split("\n")[struck] ?? "";
    expect(line).toHaveLength(5_000_000);
    expect(linesOf({ stdout: stdout.replaceAll("x", "") })).toEqual(honest.map((each) => each.replaceAll("x", "")));
  },
  skips_state: ends(0, () => withLines(secondState, 1)),
  reorders_states: ends(0, () => {
    const [first = "", second = ""] = [honest[firstState], honest[secondState]];
    return withLines(secondState, 1, second, first).toSpliced(firstState, 1);
  }),
  miscounts: ends(0, () =>
    honest.map((line, index) =>
      states.includes(index)
        ? line.replace(/(?<="records":\{"stream_.":)\d+/, (count) => String(Number(count) + 1))
        : line,
    ),
  ),
  fails_a_stream: async (fault) => {
    const { exitCode, stdout } = await read(fault);
    const lines = linesOf({ stdout });
    expect({ exitCode, before: lines.slice(0, struck + 1) }).toEqual({ exitCode: 14, before: upToTheStrike() });
    expect(JSON.parse(lines[struck + 1] ?? "")).toMatchObject({ error: { failure_type: "data", stream: "stream_1" } });
    expect(JSON.parse(lines[struck + 2] ?? "")).toMatchObject({ stream_status: { status: "failed", records: 5 } });
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({
      stream_status: { stream: "stream_2", status: "complete", records: 9 },
    });
  },
  never_writes: async (fault) => {
    const child = start("source", ["read", "--fault", fault]);
    await untilStderr(child, "It hangs");
    child.kill("SIGTERM");
    expect(await ended(child)).toMatchObject({ signal: "SIGTERM", stdout: "" });
  },
  hangs_at_end: async (fault) => {
    const child = start("source", ["read", "--fault", fault, "--records", "9"]);
    await untilStderr(child, "It hangs");
    child.kill("SIGTERM");
    const found = await ended(child);
    expect({ signal: found.signal, lines: linesOf(found) }).toEqual({ signal: "SIGTERM", lines: honest });
  },
  ignores_sigterm: async (fault) => {
    const child = start("source", ["read", "--fault", fault, "--records", "9", "--hold-ms", "1000"]);
    await untilStderr(child, "It ignores signals");
    for (const signal of ["SIGTERM", "SIGINT", "SIGTERM"] as const) child.kill(signal);
    // what ends it is itself, when it has held out long enough
    const found = await ended(child);
    expect({ signal: found.signal, lines: linesOf(found) }).toEqual({ signal: "SIGKILL", lines: upToTheStrike() });
  },
  grandchild_holds_stdout: async (fault) => {
    const child = start("source", ["read", "--fault", fault, "--records", "9"]);
    const holder = Number(/Process (\d+) holds/.exec(await untilStderr(child, "holds stdout"))?.[1]);
    child.stdout.resume();
    expect(await once(child.nodeChildProcess, "exit")).toEqual([0, null]);
    expect(child.stdout.readableEnded).toBe(false);
    process.kill(holder, "SIGKILL");
    expect(linesOf(await ended(child))).toEqual(honest);
  },
  control_then_crash: async (fault) => {
    const crashed = await read(fault);
    const lines = linesOf(crashed);
    expect({ signal: crashed.signal, before: lines.slice(0, -1) }).toEqual({
      signal: "SIGKILL",
      before: upToTheStrike(),
    });
    const { config } = JSON.parse(lines.at(-1) ?? "").control;
    expect(config).toMatchObject({ fault, token: "renewed-token" });
    const file = await temporaryFile();
    await writeFile(file, JSON.stringify(config));
    const again = await run("source", ["read", "--config", file]);
    expect({ exitCode: again.exitCode, lines: linesOf(again) }).toEqual({ exitCode: 0, lines: honest });
  },
  killed_in_a_line: async (fault) => {
    const attempts = ["--attempts-file", await temporaryFile()];
    const killed = await read(fault, ...attempts);
    const before = linesOf(killed);
    expect({ signal: killed.signal, before: before.slice(0, -1) }).toEqual({
      signal: "SIGKILL",
      before: upToTheStrike(),
    });
    expect(() => JSON.parse(before.at(-1) ?? "")).toThrow(/JSON/);
    expect(await read(fault, ...attempts)).toMatchObject({ exitCode: 0 });
  },
  refuses_credentials: async (fault) => {
    expect(await read(fault)).toMatchObject({ exitCode: 11, stdout: expect.stringContaining('"auth"') });
    const { stdout, exitCode } = await run("source", ["check", "--exit-code", "--fault", fault]);
    expect({ exitCode, answer: JSON.parse(stdout).connection_status.status }).toEqual({
      exitCode: 11,
      answer: "failed",
    });
  },
  fails_for_a_while: async (fault) => {
    const attempts = ["--times", "2", "--attempts-file", await temporaryFile()];
    for (const exitCode of [12, 12, 0]) expect(await read(fault, ...attempts)).toMatchObject({ exitCode });
    expect(await read(fault)).toMatchObject({ exitCode: 10 });
  },
};

test("each fault of the source has its test", () => {
  expect(Object.keys(expectations).toSorted()).toEqual(Object.keys(sourceFaults).toSorted());
});

test.each(Object.entries(sourceFaults).map(([fault, { does }]) => ({ fault, does })))(
  "with the fault $fault the source $does",
  ({ fault }) => expectations[fault]?.(fault),
);

test("a later read continues from the states of an earlier one", async () => {
  const file = await temporaryFile();
  await writeFile(file, reference.stdout);
  const lines = linesOf(await read("honest", "--records", "11", "--state", file));
  const ids = lines.flatMap((line) => /"data":\{"id":(\d+)/.exec(line)?.[1] ?? []);
  expect(ids).toEqual(["10", "11", "10", "11"]);
});

test("SIGTERM ends a read in order, with the last state of its stream", async () => {
  const child = start("source", ["read", "--records", "1000000", "--pause-ms", "1", "--records-per-state", "1000000"]);
  child.stdout.once("data", () => child.kill("SIGTERM"));
  const { exitCode, stdout } = await ended(child);
  const records = stdout.match(/"type":"record"/g)?.length;
  const [state, status] = stdout
    .trimEnd()
    .split("\n")
    .slice(-2)
    .map((line) => JSON.parse(line));
  expect(exitCode).toBe(143);
  expect(state).toMatchObject({ state: { records: { stream_1: records } } });
  expect(status).toMatchObject({ stream_status: { stream: "stream_1", status: "incomplete", records } });
});

test("a configuration of 200 KiB is accepted whole", async () => {
  const file = await temporaryFile();
  await writeFile(file, JSON.stringify({ filler: "y".repeat(FILLER_BYTES) }));
  expect((await run("source", ["check", "--config", file])).stdout).toContain(`has ${FILLER_BYTES} characters`);
});

test("--list prints each fault with what it does", async () => {
  const { stdout } = await run("source", ["--list"]);
  const listed = stdout.split("\n").map((line) => line.split(/ {2,}/));
  for (const [fault, { does }] of Object.entries(sourceFaults)) {
    expect(listed).toContainEqual([fault, expect.stringContaining(does)]);
  }
});
