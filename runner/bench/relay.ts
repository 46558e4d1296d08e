import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, statSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { alternate, peakResidentMb, type Bench, type Figure } from "@sluice/evidence";

const RECORDS = 200_000;
const RECORDS_PER_STATE = 1000;
const DATA_BYTES = 1870;
const MEGABYTE = 1_000_000;
const MEBIBYTE = 1024 * 1024;
/** A record of source-example takes 40 bytes in its data, and a line of 150 in all. */
const NUMBERS_OF_500_MB = 3_500_000;
const ROOT = join(import.meta.dirname, "..", "..");
const SLUICE = join(ROOT, "runner", "bin", "sluice.js");
const HOST = join(import.meta.dirname, "fixtures", "relay-host.ts");

/** What is not measured of a shell. */
const NOTHING = { wallS: NaN, cpuS: NaN, peakMb: NaN };

type Way = "relay" | "pipeline" | "parse";

/** What the relay costs beside a plain pipe of bytes, and what a huge line costs. */
export const bench: Bench = {
  measures:
    "400 MB of 2 kB record lines with a state each 1,000, from `cat` through Node into `cat`: the relay against `pipeline()` of the same bytes, against `cat | cat` in a shell, and against a relay that parses and writes every line; then one line of 64 MiB and one of 256 MiB; then `sluice run` for a minute with a destination that takes a row a second, and a source that has 500 MB.",
  async *run({ rounds, note }): AsyncIterable<Figure> {
    const folder = await mkdtemp(join(tmpdir(), "sluice-bench-relay-"));
    try {
      const records = join(folder, "records.ndjson");
      note("writing 400 MB of records");
      await writeRecords(records);
      const { relay, pipeline, shell } = await alternate(rounds, {
        relay: () => through("relay", records),
        pipeline: () => through("pipeline", records),
        shell: async () => ({ ...NOTHING, mbPerS: throughShell(records) }),
      });
      yield {
        figure: "throughput",
        value: relay.mbPerS,
        unit: "MB/s",
        floor: pipeline.mbPerS,
        goal: { atLeast: 0.85 },
      };
      yield {
        figure: "of a bare shell pipe",
        value: relay.mbPerS,
        unit: "MB/s",
        floor: shell.mbPerS,
        goal: { atLeast: 0.5 },
      };
      const perMillion = 1_000_000 / RECORDS;
      yield { figure: "CPU a million records", value: relay.cpuS * perMillion, unit: "s", goal: { atMost: 3 } };
      note("a relay that parses");
      const parse = await through("parse", records);
      yield {
        figure: "against a relay that parses",
        value: relay.mbPerS,
        unit: "MB/s",
        floor: parse.mbPerS,
        goal: { atLeast: 6 },
      };
      for (const [mebibytes, seconds] of [
        [64, 1],
        [256, 4],
      ] as const) {
        const line = join(folder, `${mebibytes}.ndjson`);
        await writeLine(line, mebibytes * MEBIBYTE);
        const { wallS, peakMb } = await through("relay", line);
        yield { figure: `one line of ${mebibytes} MiB`, value: wallS, unit: "s", goal: { atMost: seconds } };
        const lineMb = (mebibytes * MEBIBYTE) / MEGABYTE;
        yield { figure: `memory for ${mebibytes} MiB`, value: peakMb, unit: "MB", floor: lineMb, goal: { atMost: 3 } };
      }
      note("a minute with a slow destination");
      const { peakMb, read } = await behindSlowDestination(folder);
      yield { figure: "runner resident behind a row a second", value: peakMb, unit: "MB", goal: { atMost: 150 } };
      yield { figure: "records read meanwhile", value: read, unit: "records" };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

/** Resolves to what it took to pass a file through a process of Node's own; its start does not count. */
async function through(way: Way, file: string) {
  const host = spawn(process.execPath, ["--conditions=@sluice/source", HOST, way, file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  using memory = peakResidentMb(host.pid ?? 0);
  const figures = await lastLine(host);
  const { wallS, cpuS, bytes } = JSON.parse(figures) as { wallS: number; cpuS: number; bytes: number };
  return { wallS, cpuS, mbPerS: bytes / MEGABYTE / wallS, peakMb: memory.peakMb() };
}

function throughShell(file: string): number {
  const startedAtMs = performance.now();
  execFileSync("sh", ["-c", 'cat "$0" | cat > /dev/null', file]);
  return statSync(file).size / MEGABYTE / ((performance.now() - startedAtMs) / 1000);
}

/** Resolves to what `sluice` itself held, and how much the source could send, when the destination is what waits. */
async function behindSlowDestination(folder: string): Promise<{ peakMb: number; read: number }> {
  const source = { connector: "source-example", config: { count: NUMBERS_OF_500_MB, records_per_state: 1000 } };
  const destination = { connector: "destination-faulty", config: { folder: "rows", pause_ms: 1000 } };
  const pipelines = { slow: { source, destination, grace_ms: 1000 } };
  await writeFile(join(folder, "sluice.yaml"), JSON.stringify({ pipelines }));
  const args = ["run", "--json", "--timeout", "60s", "--summary", "summary.json"];
  const path = join(ROOT, "node_modules", ".bin") + delimiter + (process.env["PATH"] ?? "");
  const run = spawn(process.execPath, [SLUICE, ...args], {
    cwd: folder,
    env: { ...process.env, PATH: path },
    stdio: ["ignore", "ignore", "inherit"],
  });
  using memory = peakResidentMb(run.pid ?? 0);
  await once(run, "close");
  const { streams } = JSON.parse(await readFile(join(folder, "summary.json"), "utf8"));
  return { peakMb: memory.peakMb(), read: streams.numbers.read };
}

async function lastLine(host: ChildProcess): Promise<string> {
  let text = "";
  host.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await once(host, "close");
  if (host.exitCode !== 0) throw new Error(`The relay's process ended with exit code ${host.exitCode}.`);
  return text.trim();
}

async function writeRecords(path: string): Promise<void> {
  const file = createWriteStream(path);
  const data = JSON.stringify({ id: "cus_0000000000", text: "x".repeat(DATA_BYTES - 30) });
  const line = `{"type":"record","record":{"stream":"s","op":"upsert","version":1732270000000000,"emitted_at":"2026-11-22T09:00:00.000Z","data":${data}}}\n`;
  file.write(catalogLine());
  for (let sent = RECORDS_PER_STATE; sent <= RECORDS; sent += RECORDS_PER_STATE) {
    const state = { seq: sent / RECORDS_PER_STATE, scope: "stream", stream: "s", records: { s: sent }, data: { sent } };
    if (!file.write(line.repeat(RECORDS_PER_STATE) + JSON.stringify({ type: "state", state }) + "\n"))
      await once(file, "drain");
  }
  file.end();
  await once(file, "close");
}

async function writeLine(path: string, bytes: number): Promise<void> {
  const file = createWriteStream(path);
  file.write(`${catalogLine()}{"type":"record","record":{"stream":"s","data":{"text":"`);
  for (let left = bytes; left > 0; left -= MEBIBYTE) {
    if (!file.write("x".repeat(Math.min(left, MEBIBYTE)))) await once(file, "drain");
  }
  file.end('"}}}\n');
  await once(file, "close");
}

function catalogLine(): string {
  return JSON.stringify({ type: "catalog", catalog: { streams: [{ name: "s", json_schema: {} }] } }) + "\n";
}
