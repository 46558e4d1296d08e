import { chmod, mkdir, mkdtemp, readFile, readdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { destinationFaults } from "../destination-faulty/destination-faults.ts";
import { ConnectorProcess, type Ended } from "../processes/connector-process.ts";
import { sourceFaults } from "../source-faulty/source-faults.ts";
import { Problem } from "./problem.ts";
import { reportOf, type Report, type Result } from "./report.ts";
import { ScratchFolder } from "./scratch-folder.ts";

const BIN = join(import.meta.dirname, "..", "..", "bin");
const DEADLINE_MS = 60_000;
const PATIENCE_MS = 5000;
const GONE_MS = 10_000;
const STREAMS = ["stream_1", "stream_2"];
const RECORDS = 9;
const LINE_BYTES = 1_000_000;
const SECRET = "canary-token-7Qx2bF9k";
/** A runner may wait for these for ever; it must end when it is asked to. */
const STUCK = new Set(["ignores_sigterm", "never_reads", "never_writes"]);
/** What a runner may get over, by trying again or by looking away where nothing is lost. */
const SURVIVABLE = new Set([
  "exits_nonzero",
  "hangs_at_end",
  "grandchild_holds_stdout",
  "control_then_crash",
  "killed_in_a_line",
  "huge_line",
  "fails_for_a_while",
]);
/** No runner can know; A2 finds it in the destination itself. */
const UNKNOWABLE = new Set(["acknowledges_early"]);

type Fault = { side: "source" | "destination"; name: string; does: string; isHarmless: boolean };

/** What a runner has to stand, each with the name that `--only` knows it by. */
export const runnerFaults: readonly (Fault & { id: string })[] = [
  ...Object.entries(sourceFaults).map(([name, fault]) => faultOf("source", name, fault)),
  ...Object.entries(destinationFaults).map(([name, fault]) => faultOf("destination", name, fault)),
].filter(({ name }) => !UNKNOWABLE.has(name));

export type RunnerOptions = {
  /** A shell command that runs one pipeline in its working folder, and ends. */
  command: string;
  faults: readonly (Fault & { id: string })[];
  heard?: (result: Result) => void;
};

/**
 * Runs a runner with one misbehaving side after the other, and resolves to what it did: no row may be lost behind an exit
 * code of 0, and no process may be left. It finds `source` and `destination`, executables, with `source.json` and
 * `destination.json` in its working folder, and the same as a pipeline in `sluice.yaml`.
 */
export async function runRunnerKit({ command, faults, heard }: RunnerOptions): Promise<Report> {
  const started = performance.now();
  await using scratch = await ScratchFolder.make();
  const waiting = faults.entries();
  const results: Result[] = [];
  const work = async () => {
    for (const [index, fault] of waiting) {
      const result = await judge(command, fault, await mkdtemp(join(scratch.path, "run-")));
      results[index] = result;
      heard?.(result);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  const seconds = (performance.now() - started) / 1000;
  const told = { name: command, kind: "runner" as const, seed: 0, results, seconds };
  return reportOf({ ...told, checksInAll: runnerFaults.length, unchecked: [] });
}

function faultOf(side: Fault["side"], name: string, { does, harmless }: { does: string; harmless?: true }) {
  return { id: `${side}:${name}`, side, name, does, isHarmless: harmless === true };
}

async function judge(command: string, fault: Fault & { id: string }, folder: string): Promise<Result> {
  const started = performance.now();
  const problems = await problemsOf(command, fault, folder).catch((error: unknown) => {
    if (error instanceof Problem) return [error.message];
    throw error;
  });
  const { id, side, does } = fault;
  return {
    id,
    level: 1,
    title: `it stands a ${side} that ${does}`,
    fix: "Exit 0 only when each stream's end and the last state of each scope were echoed, and the counts agree; end what you have started.",
    verdict: problems.length === 0 ? "passed" : "failed",
    problems,
    notes: [],
    seconds: (performance.now() - started) / 1000,
  };
}

async function problemsOf(command: string, fault: Fault, folder: string): Promise<string[]> {
  await writePipeline(folder, fault);
  const { code, stdout, stderr } = await runOf(command, fault, folder);
  const short = await shortStreams(folder);
  const isRejecting = fault.name === "rejects_rows";
  const left = await processesLeft(folder);
  return [
    ...(fault.isHarmless && code !== 0 && !(isRejecting && code === 15)
      ? [`It ended with exit code ${code}, though the protocol was kept.`]
      : []),
    ...(code === 0 && short.length > 0 && !isRejecting
      ? [`It ended with exit code 0, and rows of ${short.join(" and ")} are missing.`]
      : []),
    ...(code === 0 && !fault.isHarmless && !SURVIVABLE.has(fault.name)
      ? ["It ended with exit code 0, though the protocol was broken."]
      : []),
    ...(left.length > 0 ? [`It left processes behind: ${left.join(", ")}.`] : []),
    ...((stdout + stderr).includes(SECRET) ? ["It printed a secret of a configuration."] : []),
  ];
}

async function runOf(command: string, { name }: Fault, folder: string): Promise<Ended> {
  await using runner = await ConnectorProcess.start(["/bin/sh", "-c", command], {
    env: {
      ...process.env,
      PATH: `${join(process.cwd(), "node_modules", ".bin")}:${process.env["PATH"] ?? ""}`,
      TMPDIR: join(folder, "tmp"),
    },
    cwd: folder,
    purpose: "The runner",
    deadlineMs: DEADLINE_MS,
  });
  runner.endStdin();
  // not only the shell has to end, but whoever holds its output
  if (STUCK.has(name)) {
    await Promise.race([runner.ended(), sleep(PATIENCE_MS)]);
    runner.kill("SIGTERM");
    // the second one is meant as it sounds
    await Promise.race([runner.ended(), sleep(PATIENCE_MS)]);
    runner.kill("SIGTERM");
  }
  return await runner.ended();
}

async function writePipeline(folder: string, { side, name }: Fault): Promise<void> {
  await mkdir(join(folder, "tmp"));
  await mkdir(join(folder, "rows"));
  const common = {
    hold_ms: 2 * DEADLINE_MS,
    line_bytes: LINE_BYTES,
    attempts_file: join(folder, "attempts"),
    token: SECRET,
  };
  const faultOfSide = (which: Fault["side"]) => (which === side ? { fault: name } : {});
  const configs = {
    source: { records: RECORDS, ...common, ...faultOfSide("source") },
    destination: { folder: join(folder, "rows"), ...common, ...faultOfSide("destination") },
  };
  for (const which of ["source", "destination"] as const) {
    await writeFile(join(folder, `${which}.json`), JSON.stringify(configs[which]), { mode: 0o600 });
    const program = `exec '${process.execPath}' '${join(BIN, `${which}-faulty.js`)}' "$@"`;
    await writeFile(join(folder, which), `#!/bin/sh\n${program}\n`);
    await chmod(join(folder, which), 0o755);
  }
  const sides = Object.entries(configs).map(([which, config]) => [which, { command: [`./${which}`], config }]);
  const pipeline = { ...Object.fromEntries(sides), grace_ms: 1000, retries: 2 };
  // JSON is YAML
  await writeFile(join(folder, "sluice.yaml"), JSON.stringify({ pipelines: { tested: pipeline } }));
}

/** Resolves to the streams of which not every row was stored. */
async function shortStreams(folder: string): Promise<string[]> {
  const counts = await Promise.all(
    STREAMS.map(async (stream) => {
      const text = await readFile(join(folder, "rows", `${stream}.ndjson`), "utf8").catch(() => "");
      const ids = [...text.matchAll(/"data":\{"id":(\d+)/g)].map(([, id]) => id);
      return [stream, new Set(ids).size] as const;
    }),
  );
  return counts.filter(([, count]) => count < RECORDS).map(([stream]) => stream);
}

/** Resolves to the processes of a run that are still there after a while; none where the system does not tell. */
async function processesLeft(folder: string): Promise<string[]> {
  const until = performance.now() + GONE_MS;
  for (;;) {
    const ids = (await readdir("/proc").catch(() => [])).filter((id) => /^\d+$/.test(id));
    const found = await Promise.all(
      ids.map(async (id) => {
        const environment = await readFile(`/proc/${id}/environ`, "utf8").catch(() => "");
        // what was left on purpose, in a session of its own, is not the runner's to find
        const line = await readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "");
        return environment.includes(folder) && !line.includes("setTimeout(() => {},")
          ? [`${id} (${line.replaceAll("\0", " ").slice(0, 120).trim()})`]
          : [];
      }),
    );
    if (found.flat().length === 0 || performance.now() > until) return found.flat();
    await sleep(100);
  }
}
