import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { interposed, type Interposition } from "../fixtures/interposed.ts";
import { storedRows } from "../fixtures/rows.ts";
import {
  binCommand,
  endOf,
  runPipeline,
  startSluice,
  textOf,
  writePipeline,
  type PipelineSettings,
} from "../fixtures/sluice.ts";

// What happens to the processes of a run: killed, stopped, started twice, left without a disk.

/** Some time to interfere in. */
const SLOW = { records: 40, pause_ms: 40 };
const TOKEN = "canary-token-5f2e";

const root = await mkdtemp(join(tmpdir(), "sluice-processes-"));
afterAll(() => rm(root, { recursive: true, force: true, maxRetries: 5 }));

function newFolder(): Promise<string> {
  return mkdtemp(join(root, "pipeline-"));
}

async function pipelineIn(settings: PipelineSettings): Promise<string> {
  const folder = await newFolder();
  await writePipeline(folder, settings);
  return folder;
}

/** The processes that work for a run, found by its id in their environment. */
async function processesOf(mark: string): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => ((await procText(pid, "environ")).includes(`TMPDIR=${mark}`) ? [pid] : [])),
  );
  return found.flat();
}

async function commandsOf(mark: string): Promise<string[]> {
  return Promise.all((await processesOf(mark)).map((pid) => procText(pid, "cmdline")));
}

function procText(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
}

/** Starts a slow run in a folder whose processes are found by their TMPDIR, and waits until rows arrive. */
async function startedIn(folder: string, ...args: string[]) {
  const mark = join(folder, "tmp");
  await mkdir(mark, { recursive: true });
  const child = startSluice(folder, ["run", "--json", ...args], { TMPDIR: mark });
  await expect.poll(() => storedRows(join(folder, "rows")), { timeout: 30_000, interval: 50 }).not.toEqual({});
  return { child, mark };
}

function rowCounts(folder: string): Record<string, number> {
  const rows = storedRows(join(folder, "rows"));
  return Object.fromEntries(Object.entries(rows).map(([stream, stored]) => [stream, stored.length]));
}

const kills: Interposition[] = [
  { program: "source", verb: "read", at: "record:7", action: "kill" },
  { program: "source", verb: "read", at: "state:3", action: "kill" },
  { program: "transactional", verb: "write", at: "record:7", action: "kill" },
  { program: "transactional", verb: "write", at: "before:echo:2", action: "kill" },
  { program: "transactional", verb: "write", at: "echo:2", action: "kill" },
];

test.concurrent.each(kills)(
  "a $program that is killed at $at is begun again with the other side, and no row is lost or doubled",
  async (kill) => {
    const folder = await newFolder();
    const command = [await interposed(folder, kill)];
    const side = kill.program === "source" ? { sourceCommand: command } : { destinationCommand: command };
    // slow enough to be still there when it is killed
    await writePipeline(folder, { source: { pause_ms: 20 }, kind: "transactional", ...side });
    const { exitCode, summary } = await runPipeline(folder);
    expect({ exitCode, attempts: summary?.attempts, failure: summary?.failure }).toEqual({
      exitCode: 0,
      attempts: 2,
      failure: null,
    });
    expect(rowCounts(folder)).toEqual({ stream_1: 9, stream_2: 9 });
  },
);

test.concurrent("a run that is killed leaves no process, and the next one goes on without waiting", async () => {
  const folder = await pipelineIn({ source: SLOW, kind: "transactional" });
  const { child, mark } = await startedIn(folder);
  child.kill("SIGKILL");
  await child;
  await expect.poll(() => processesOf(mark), { timeout: 20_000 }).toEqual([]);
  const { exitCode } = await runPipeline(folder);
  expect({ exitCode, rows: rowCounts(folder) }).toEqual({ exitCode: 0, rows: { stream_1: 40, stream_2: 40 } });
});

test.concurrent.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)(
  "%s stops a run in order: what is committed stays, nothing is left, and the next goes on",
  async (name, code) => {
    const folder = await pipelineIn({ source: SLOW, kind: "transactional" });
    const { child, mark } = await startedIn(folder);
    child.kill(name);
    const { exitCode, summary } = endOf(await child);
    expect({ exitCode, status: summary?.status, failure: summary?.failure }).toEqual({
      exitCode: code,
      status: "stopped",
      failure: null,
    });
    expect(await processesOf(mark)).toEqual([]);
    const { exitCode: second } = await runPipeline(folder);
    expect({ second, rows: rowCounts(folder) }).toEqual({ second: 0, rows: { stream_1: 40, stream_2: 40 } });
  },
);

test.concurrent("a second signal ends a run at once, with sides that do not listen", async () => {
  const folder = await pipelineIn({ source: { fault: "ignores_sigterm", at: 6 }, pipeline: { grace_ms: 600_000 } });
  const { child, mark } = await startedIn(folder);
  child.kill("SIGINT");
  await expect.poll(async () => (await processesOf(mark)).length).toBeGreaterThan(1);
  child.kill("SIGINT");
  expect(endOf(await child)).toMatchObject({ exitCode: 130 });
  await expect.poll(() => processesOf(mark)).toEqual([]);
});

test.concurrent.each(["destination", "transactional"] as const)(
  "a second run of a pipeline with a %s is refused while the first lives, and fences it with --force",
  async (kind) => {
    const folder = await pipelineIn({ source: { records: 40, pause_ms: 200 }, kind });
    const { child } = await startedIn(folder);
    if (kind === "destination") {
      const refused = await runPipeline(folder);
      expect(refused).toMatchObject({
        exitCode: 16,
        summary: { failure: { message: expect.stringMatching(/held by the run "run_/) } },
      });
    }
    const second = await runPipeline(folder, "--force");
    const first = endOf(await child);
    expect({ second: second.exitCode, first: first.exitCode }).toEqual({ second: 0, first: 13 });
    expect(first.summary?.failure?.message).toMatch(/taken over|fenced|epoch/);
    expect(Object.keys(rowCounts(folder))).toEqual(["stream_1", "stream_2"]);
  },
);

test.concurrent("no secret is in the command line or, but for its own, in the environment of a connector", async () => {
  const folder = await pipelineIn({ source: { ...SLOW, token: TOKEN }, destination: { token: TOKEN } });
  const mark = join(folder, "tmp");
  await mkdir(mark);
  const env = { TMPDIR: mark, SOME_OTHER_SECRET: TOKEN, SOURCE_FAULTY_FILLER: "its own" };
  const child = startSluice(folder, ["run", "--json"], env);
  await expect.poll(() => storedRows(join(folder, "rows")), { timeout: 30_000 }).not.toEqual({});
  const children = (await processesOf(mark)).filter((pid) => pid !== child.pid);
  expect(children.length).toBeGreaterThanOrEqual(2);
  for (const pid of children) {
    expect(await procText(pid, "cmdline")).not.toContain(TOKEN);
    expect(await procText(pid, "environ")).not.toContain(TOKEN);
  }
  // what the sides were configured by is gone once they have read it
  const files = () => readdir(mark, { recursive: true });
  await expect.poll(async () => (await files()).filter((name) => name.endsWith("config.json"))).toEqual([]);
  const { stdout, stderr } = await child;
  expect(stdout + stderr).not.toContain(TOKEN);
});

test.concurrent("a configuration of 200 KiB reaches both sides", async () => {
  const filler = "x".repeat(200 * 1024);
  const folder = await pipelineIn({ source: { filler }, destination: { filler } });
  expect(await runPipeline(folder)).toMatchObject({ exitCode: 0 });
});

test.concurrent("a program that is missing, or not executable, is one clear sentence", async () => {
  const missing = await pipelineIn({ sourceCommand: ["./no-such-source"] });
  expect(await startSluice(missing, ["run"])).toMatchObject({
    exitCode: 10,
    stdout: expect.stringContaining("no-such-source does not exist"),
  });
  await writeFile(join(missing, "no-such-source"), "#!/bin/sh\n");
  expect(await startSluice(missing, ["run"])).toMatchObject({
    exitCode: 10,
    stdout: expect.stringContaining("is not executable"),
  });
  await chmod(join(missing, "no-such-source"), 0o755);
  expect(await startSluice(missing, ["run"])).toMatchObject({
    exitCode: 10,
    stdout: expect.stringContaining("did not print a spec"),
  });
});

test.concurrent(
  "a place for states that is gone at a checkpoint ends the run as `system`, and nothing is taken for durable",
  async () => {
    const folder = await pipelineIn({ source: SLOW });
    const { child } = await startedIn(folder);
    const states = join(folder, ".sluice", "faulty", "states");
    // the run may make it again in between
    const replace = () => rename(states, `${states}-${Math.random()}`).then(() => writeFile(states, "no folder"));
    await expect
      .poll(() =>
        replace().then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    expect(endOf(await child)).toMatchObject({
      exitCode: 1,
      summary: { failure: { side: "runner", message: expect.stringContaining("cannot be written") } },
    });
  },
);

test.concurrent("a line above max_line_bytes ends the run with its stream, and strict refuses stray text", async () => {
  const long = await pipelineIn({
    source: { fault: "huge_line", line_bytes: 300_000 },
    pipeline: { max_line_bytes: 100_000 },
  });
  expect(await runPipeline(long)).toMatchObject({
    exitCode: 13,
    summary: { failure: { message: expect.stringContaining('stream "stream_1"') } },
  });
  // the flag wins over the file
  expect(await runPipeline(long, "--max-line-bytes", "1000000")).toMatchObject({ exitCode: 0 });
  const stray = await pipelineIn({ source: { fault: "prints_text" }, pipeline: { strict: true } });
  expect(await runPipeline(stray)).toMatchObject({ exitCode: 13, summary: { failure: { side: "source" } } });
  const lenient = await pipelineIn({ source: { fault: "prints_text" } });
  expect(await runPipeline(lenient, "--strict")).toMatchObject({ exitCode: 13 });
});

test.concurrent(
  "rejected records are kept in the dead-letter file, and a recording gives the same rows again",
  async () => {
    const folder = await pipelineIn({ destination: { fault: "rejects_rows", at: 5 } });
    const { summary } = await runPipeline(folder, "--dead-letters", "dead.ndjson", "--record", "all.ndjson.gz");
    const dead = (await textOf(folder, "dead.ndjson"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const rejected = Object.values(summary?.streams ?? {}).reduce((sum, stream) => sum + stream.rejected, 0);
    expect(dead).toHaveLength(rejected);
    expect(dead[0]).toMatchObject({ type: "rejected", rejected: { stream: "stream_1", data: { id: 5 } } });
    const again = await newFolder();
    await writePipeline(again, {});
    expect(await startSluice(again, ["replay", join(folder, "all.ndjson.gz")])).toMatchObject({ exitCode: 0 });
    expect(rowCounts(again)).toEqual({ stream_1: 9, stream_2: 9 });
  },
);

test.concurrent(
  "a destination keeps no state of a run that keeps none, nor of a recording of one that went on",
  async () => {
    const settings = { kind: "transactional" } as const;
    const folder = await pipelineIn(settings);
    expect(await runPipeline(folder)).toMatchObject({ exitCode: 0 });
    const states = () => startSluice(folder, ["state", "get"]).then(({ stdout }) => stdout);
    const before = await states();
    await writePipeline(folder, { ...settings, source: { records: 12 } });
    expect(await runPipeline(folder, "--no-state-update", "--record", "on.gz")).toMatchObject({ exitCode: 0 });
    expect(rowCounts(folder)).toEqual({ stream_1: 12, stream_2: 12 });
    expect(await states()).toBe(before);

    const again = await pipelineIn(settings);
    expect(await startSluice(again, ["replay", join(folder, "on.gz")])).toMatchObject({ exitCode: 0 });
    expect(rowCounts(again)).toEqual({ stream_1: 3, stream_2: 3 });
    expect(await readdir(join(again, "rows"))).not.toContain("checkpoints.sqlite");
  },
);

test.concurrent("a clock that is set back in the middle of a run changes nothing of it, nor of the next", async () => {
  const folder = await pipelineIn({ source: SLOW, kind: "transactional", env: ["NODE_OPTIONS"] });
  const clock = { NODE_OPTIONS: `--import=${join(import.meta.dirname, "..", "fixtures", "clock-set-back.mjs")}` };
  for (const records of [40, 60]) {
    await writePipeline(folder, { source: { ...SLOW, records }, kind: "transactional", env: ["NODE_OPTIONS"] });
    const run = endOf(await startSluice(folder, ["run", "--json"], clock));
    expect({ exitCode: run.exitCode, stderr: run.stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(run.stdout).toContain("1999-");
    expect(rowCounts(folder)).toEqual({ stream_1: records, stream_2: records });
  }
});

test.concurrent("a program that prints a banner before it reads its configuration still finds it", async () => {
  const greeting = ["sh", "-c", 'echo Welcome; sleep 0.5; exec "$0" "$@"'];
  const folder = await pipelineIn({ destinationCommand: [...greeting, ...binCommand("destination")] });
  expect(await runPipeline(folder)).toMatchObject({ exitCode: 0, stderr: "" });
  expect(rowCounts(folder)).toEqual({ stream_1: 9, stream_2: 9 });
});

test.concurrent.for([
  { side: "source", verb: "discover", args: ["run", "--json"] },
  { side: "source", verb: "discover", args: ["discover"] },
  { side: "source", verb: "check", args: ["check"] },
  { side: "destination", verb: "checkpoint", args: ["run", "--json"] },
  { side: "destination", verb: "checkpoint", args: ["state", "get"] },
])(
  "a $side that never answers $verb is ended with sluice $args.0, and leaves nothing",
  async ({ side, verb, args }, { expect }) => {
    const hanging = ["sh", "-c", `for arg; do [ "$arg" = ${verb} ] && sleep 60; done; exec "$0" "$@"`];
    const program = side === "source" ? "source" : "transactional";
    const folder = await pipelineIn({ [`${side}Command`]: [...hanging, ...binCommand(program)] });
    const mark = join(folder, "tmp");
    await mkdir(mark);
    const child = startSluice(folder, args, { TMPDIR: mark });
    // sluice, the shell and what it waits by
    const isWaiting = async () => (await commandsOf(mark)).some((command) => command.startsWith("sleep"));
    await expect.poll(isWaiting, { timeout: 30_000 }).toBe(true);
    child.kill("SIGINT");
    const { exitCode, signal, summary } = endOf(await child);
    expect({ exitCode, signal }).toEqual({ exitCode: 130, signal: undefined });
    if (args[0] === "run") expect(summary).toMatchObject({ status: "stopped", failure: null });
    await expect.poll(() => processesOf(mark)).toEqual([]);
    expect(await readdir(mark)).toEqual([]);
  },
);

test.concurrent("each attempt is recorded by itself", async () => {
  const source = { fault: "fails_for_a_while", attempts_file: "attempts" };
  const folder = await pipelineIn({ source, kind: "transactional" });
  expect(await runPipeline(folder, "--record", "r.gz")).toMatchObject({ exitCode: 0, summary: { attempts: 2 } });
  for (const file of ["r.gz", "r.gz.2"]) {
    const lines = gunzipSync(await readFile(join(folder, file)))
      .toString()
      .trimEnd()
      .split("\n");
    expect(lines.map((line) => JSON.parse(line).type).filter((type) => type === "catalog")).toHaveLength(1);
  }
});

test.concurrent("a run that is refused touches no recording", async () => {
  const folder = await pipelineIn({ source: { records: 400, pause_ms: 100 } });
  const { child } = await startedIn(folder);
  await writeFile(join(folder, "r.gz"), "before");
  expect(await runPipeline(folder, "--record", "r.gz")).toMatchObject({ exitCode: 16 });
  expect(await textOf(folder, "r.gz")).toBe("before");
  child.kill("SIGKILL");
  await child;
});

test.concurrent("rejected records that are kept nowhere are told by the run that lost them", async () => {
  const folder = await pipelineIn({ destination: { fault: "rejects_rows", at: 5 } });
  const { stdout } = await runPipeline(folder);
  expect(stdout).toMatch(/3 records were rejected and are stored nowhere; \\"sluice run faulty --dead-letters FILE/);
});
