import { isUtf8 } from "node:buffer";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ended, linesOf, run, start, untilStderr, type Run, type Started } from "../fixtures/program.ts";
import { sentRows, storedRows } from "../fixtures/rows.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { destinationFaults } from "./destination-faults.ts";

const FILLER_BYTES = 200 * 1024;
const MORE_THAN_A_PIPE_HOLDS = Buffer.alloc(10_000_000, "\n");

const input = (await run("source", ["read", "--records", "9"])).stdout;
const sent = sentRows(input);
// each stream has states behind its records 4, 8 and 9, so that record 5 follows the first one
const committedByThen = { stream_1: sent["stream_1"]?.slice(0, 4) };

const referenceFolder = await mkdtemp(join(tmpdir(), "sluice-conformance-"));
afterAll(() => rm(referenceFolder, { recursive: true }));
const reference = await write("honest", referenceFolder);
const honest = linesOf(reference);
const states = honest.flatMap((line, index) => (line.startsWith('{"type":"state"') ? [index] : []));
const [firstState = 0, secondState = 0] = states;

function write(fault: string, folder: string, ...more: string[]): Promise<Run> {
  return run("destination", ["write", "--fault", fault, "--folder", folder, ...more], Buffer.from(input, "latin1"));
}

/** Starts a destination that gets the input, of which the end is left to the caller. */
async function started(fault: string, ...more: string[]): Promise<{ child: Started; folder: string }> {
  const folder = await temporaryFolder();
  const child = start("destination", ["write", "--fault", fault, "--folder", folder, ...more]);
  child.stdin.on("error", () => {});
  child.stdin.write(Buffer.from(input, "latin1"));
  return { child, folder };
}

type Expectation = (fault: string) => Promise<void>;
type End = { exitCode?: number; lines?: string[]; rows?: object };

/** Expects a run to end with this exit code, these lines and these rows; honestly by default. */
function ends({ exitCode = 0, lines = honest, rows = sent }: End): Expectation {
  return async (fault) => {
    const folder = await temporaryFolder();
    const found = await write(fault, folder);
    expect({ exitCode: found.exitCode, lines: linesOf(found) }).toEqual({ exitCode, lines });
    expect(storedRows(folder)).toEqual(rows);
  };
}

const upToTheStrike = honest.slice(0, firstState + 1);

/** Yields the honest lines with more behind those that are out when a fault strikes. */
function withMore(...lines: string[]): string[] {
  return honest.toSpliced(firstState + 1, 0, ...lines);
}

const expectations: Record<string, Expectation> = {
  honest: async () => {
    expect(reference).toMatchObject({ exitCode: 0, stderr: "" });
    expect(states).toHaveLength(6);
    expect(JSON.parse(honest[secondState] ?? "")).toMatchObject({
      state: { data: { last: 8 }, committed: { stream_1: { received: 8, written: 8, skipped: 0, rejected: 0 } } },
    });
    expect(storedRows(referenceFolder)).toEqual(sent);
  },
  throws: ends({ exitCode: 1, lines: upToTheStrike, rows: committedByThen }),
  exits_early: ends({ lines: upToTheStrike, rows: committedByThen }),
  exits_nonzero: ends({ exitCode: 1 }),
  exits_partial: ends({ exitCode: 14 }),
  exits_transient: ends({ exitCode: 12 }),
  closes_stdout: async (fault) => {
    const { child } = await started(fault);
    child.stdin.end();
    // it is over for whoever reads it, and goes on
    const stdout = once(child.stdout, "end");
    await untilStderr(child, "It hangs");
    await stdout;
    child.kill("SIGTERM");
    const found = await ended(child);
    const withoutStates = honest.filter((_, index) => !states.includes(index));
    expect({ signal: found.signal, lines: linesOf(found) }).toEqual({ signal: "SIGTERM", lines: withoutStates });
  },
  floods_stderr: async (fault) => {
    await ends({})(fault);
    expect((await write(fault, await temporaryFolder())).stderr.length).toBeGreaterThan(10_000_000);
  },
  prints_text: ends({ lines: withMore(Buffer.from("Loading plugins… 3 of 3\n").toString("latin1")) }),
  unknown_types: ends({
    lines: withMore(
      '{"type":"heartbeat","heartbeat":{"n":1}}\n',
      '{"type":"x_new","x_new":{"a":[1.10]},"more":null}\n',
    ),
  }),
  half_line: ends({
    lines: [...upToTheStrike, '{"type":"state","state":{"seq":1,"scope":"stream","stream":"stream_1","data":{"la'],
    rows: committedByThen,
  }),
  two_on_a_line: ends({
    lines: honest.toSpliced(firstState, 2, honest[firstState]?.trimEnd() + (honest[firstState + 1] ?? "")),
  }),
  invalid_utf8: async (fault) => {
    const { stdout, exitCode } = await write(fault, await temporaryFolder());
    expect({ exitCode, isUtf8: isUtf8(Buffer.from(stdout, "latin1")) }).toEqual({ exitCode: 0, isUtf8: false });
    expect(linesOf({ stdout: stdout.replace('"\xff":1,', "") })).toEqual(honest);
  },
  huge_line: async (fault) => {
    const { stdout } = await write(fault, await temporaryFolder(), "--line-bytes", "5000000");
    const lines = linesOf({ stdout });
    const [huge = ""] = lines.splice(firstState + 1, 1);
    expect(lines).toEqual(honest);
    expect(huge).toHaveLength(5_000_001);
    expect(JSON.parse(huge)).toMatchObject({ type: "log", log: { message: expect.stringMatching(/^x+$/) } });
  },
  stops_echoing: ends({
    lines: honest.filter((_, index) => !states.includes(index) || index === firstState),
  }),
  changes_state: ends({
    lines: honest.map((line, index) =>
      states.includes(index) ? line.replace('"data":{', '"data":{"changed":true,') : line,
    ),
  }),
  reorders_echoes: ends({
    lines: honest.toSpliced(firstState, 2, honest[secondState] ?? "", honest[firstState] ?? ""),
  }),
  invents_state: ends({ lines: withMore((honest[firstState] ?? "").replace('"seq":1,', '"seq":1000000,')) }),
  miscounts: ends({
    lines: honest.map((line) =>
      line.replaceAll(/(?<="(?:received|written)":)\d+/g, (count) => String(Number(count) + 1)),
    ),
  }),
  rejects_rows: async (fault) => {
    const folder = await temporaryFolder();
    const { exitCode, stdout } = await write(fault, folder);
    expect(exitCode).toBe(0);
    // of 18 records those with the numbers 5, 10 and 15
    const messages = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const rejected = messages.filter(({ type }) => type === "rejected").map((message) => message.rejected);
    expect(rejected).toMatchObject([
      { stream: "stream_1", data: { id: 5 } },
      { stream: "stream_2", data: { id: 1 } },
      { stream: "stream_2", data: { id: 6 } },
    ]);
    expect(messages.at(-1)).toMatchObject({
      stream_status: { committed: { stream_2: { received: 9, written: 7, rejected: 2 } } },
    });
    expect(storedRows(folder)["stream_2"]).toHaveLength(7);
  },
  acknowledges_early: async (fault) => {
    const { child, folder } = await started(fault);
    await once(child.stdout, "data");
    expect(storedRows(folder)).toEqual({});
    child.stdin.end();
    expect(linesOf(await ended(child))).toEqual(honest);
    expect(storedRows(folder)).toEqual(sent);
  },
  never_writes: ends({ lines: [] }),
  never_reads: async (fault) => {
    const { child, folder } = await started(fault);
    child.stdin.end(MORE_THAN_A_PIPE_HOLDS);
    await untilStderr(child, "It hangs");
    expect(child.stdin.writableLength).toBeGreaterThan(0);
    child.kill("SIGTERM");
    expect(await ended(child)).toMatchObject({ signal: "SIGTERM", stdout: "" });
    expect(storedRows(folder)).toEqual({});
  },
  hangs_at_end: async (fault) => {
    const { child } = await started(fault);
    child.stdin.end();
    await untilStderr(child, "It hangs");
    child.kill("SIGTERM");
    const found = await ended(child);
    expect({ signal: found.signal, lines: linesOf(found) }).toEqual({ signal: "SIGTERM", lines: honest });
  },
  ignores_sigterm: async (fault) => {
    const { child } = await started(fault, "--hold-ms", "1000");
    await untilStderr(child, "It ignores signals");
    for (const signal of ["SIGTERM", "SIGINT", "SIGTERM"] as const) child.kill(signal);
    // what ends it is itself, when it has held out long enough
    const found = await ended(child);
    expect({ signal: found.signal, lines: linesOf(found) }).toEqual({ signal: "SIGKILL", lines: upToTheStrike });
  },
  grandchild_holds_stdout: async (fault) => {
    const { child } = await started(fault);
    child.stdin.end();
    const holder = Number(/Process (\d+) holds/.exec(await untilStderr(child, "holds stdout"))?.[1]);
    child.stdout.resume();
    expect(await once(child.nodeChildProcess, "exit")).toEqual([0, null]);
    expect(child.stdout.readableEnded).toBe(false);
    process.kill(holder, "SIGKILL");
    expect(linesOf(await ended(child))).toEqual(honest);
  },
  control_then_crash: async (fault) => {
    const folder = await temporaryFolder();
    const crashed = await write(fault, folder);
    const lines = linesOf(crashed);
    expect({ signal: crashed.signal, before: lines.slice(0, -1) }).toEqual({
      signal: "SIGKILL",
      before: upToTheStrike,
    });
    const { config } = JSON.parse(lines.at(-1) ?? "").control;
    expect(config).toMatchObject({ fault, folder, token: "renewed-token" });
    const file = join(folder, "config.json");
    await writeFile(file, JSON.stringify(config));
    const again = await run("destination", ["write", "--config", file], Buffer.from(input, "latin1"));
    expect({ exitCode: again.exitCode, lines: linesOf(again) }).toEqual({ exitCode: 0, lines: honest });
  },
  killed_in_a_line: async (fault) => {
    const folder = await temporaryFolder();
    const attempts = ["--attempts-file", join(folder, "attempts")];
    const killed = await write(fault, folder, ...attempts);
    const before = linesOf(killed);
    expect({ signal: killed.signal, before: before.slice(0, -1) }).toEqual({
      signal: "SIGKILL",
      before: upToTheStrike,
    });
    expect(() => JSON.parse(before.at(-1) ?? "")).toThrow(/JSON/);
    expect(await write(fault, folder, ...attempts)).toMatchObject({ exitCode: 0 });
  },
  refuses_credentials: async (fault) => {
    expect(await write(fault, await temporaryFolder())).toMatchObject({ exitCode: 11 });
    const { stdout, exitCode } = await run("destination", ["check", "--exit-code", "--fault", fault, "--folder", "x"]);
    expect({ exitCode, answer: JSON.parse(stdout).connection_status.status }).toEqual({
      exitCode: 11,
      answer: "failed",
    });
  },
  fails_for_a_while: async (fault) => {
    const folder = await temporaryFolder();
    const attempts = ["--times", "2", "--attempts-file", join(folder, "attempts")];
    for (const exitCode of [12, 12, 0]) expect(await write(fault, folder, ...attempts)).toMatchObject({ exitCode });
    expect(await write(fault, folder)).toMatchObject({ exitCode: 10 });
  },
};

test("each fault of the destination has its test", () => {
  expect(Object.keys(expectations).toSorted()).toEqual(Object.keys(destinationFaults).toSorted());
});

test.each(Object.entries(destinationFaults).map(([fault, { does }]) => ({ fault, does })))(
  "with the fault $fault the destination $does",
  ({ fault }) => expectations[fault]?.(fault),
);

test("a configuration of 200 KiB is accepted whole", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "config.json");
  await writeFile(file, JSON.stringify({ folder, filler: "y".repeat(FILLER_BYTES) }));
  expect((await run("destination", ["check", "--config", file])).stdout).toContain(`has ${FILLER_BYTES} characters`);
});

test("a stream whose rows could not be appended, or whose name is no safe file name, is refused", async () => {
  const folder = await temporaryFolder();
  const catalog = (stream: object) => `${JSON.stringify({ type: "catalog", catalog: { streams: [stream] } })}\n`;
  const args = ["write", "--folder", join(folder, "rows")];
  const overwritten = {
    stream: { name: "a", json_schema: {} },
    sync_mode: "full_refresh",
    destination_mode: "overwrite",
  };
  expect(await run("destination", args, catalog(overwritten))).toMatchObject({ exitCode: 10 });
  expect(await run("destination", args, catalog({ name: "../a", json_schema: {} }))).toMatchObject({ exitCode: 10 });
});
