import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { alternate, median, peakTreeMb, type Bench, type Figure } from "@sluice/evidence";
import { openAccount } from "./fixtures/bench-account.ts";
import { openServer, type BenchServer } from "./fixtures/bench-server.ts";
import { copier, copyOut } from "./fixtures/copy.ts";
import { rivalLoad, type Load } from "./fixtures/load.ts";

const ONE_STREAM = { charges: 100_000 };
const TEN_STREAMS = Object.fromEntries(
  [
    "charges",
    "customers",
    "payment_intents",
    "refunds",
    "invoiceitems",
    "products",
    "prices",
    "coupons",
    "plans",
    "tax_rates",
  ].map((stream) => [stream, 5000]),
);
const PER_100_000 = 100_000 / 1e6;
const IDLE_RECORDS = 11;
const POLL_MS = 2;

/** What it costs to bring objects from an API into Postgres, end to end. */
export const bench: Bench = {
  measures:
    "Built programs read an emulated account (in a process of its own that does not count) into a Postgres that syncs its commits, with one connection, by a shell pipe and by `sluice run`; the floor is psql's `\\copy` of the finished rows into the same empty tables. Starts are included. CPU is of all our programs and of the server. The idle program gets one record a time, and its row is looked for until another session sees it.",
  async *run({ rounds, note }): AsyncIterable<Figure> {
    const folder = await mkdtemp(join(tmpdir(), "sluice-bench-pipeline-"));
    await using server = await openServer();
    try {
      note("one record at a time");
      yield await idle(server);
      note("one stream");
      yield* moved("one stream", { server, folder, rounds, objects: ONE_STREAM });
      note("ten streams");
      yield* moved("ten streams", { server, folder, rounds, objects: TEN_STREAMS });
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

type Move = { server: BenchServer; folder: string; rounds: number; objects: Record<string, number> };

async function* moved(name: string, { server, folder, rounds, objects }: Move): AsyncGenerator<Figure> {
  await using account = await openAccount(objects);
  const streams = Object.keys(objects);
  const env = {
    ...process.env,
    ...account.settings,
    DESTINATION_POSTGRES_CONNECTION_STRING: server.url,
    DESTINATION_POSTGRES_PARALLEL: "1",
  };
  await writeFile(join(folder, "sluice.yaml"), pipelineFile(streams));
  const pipe = `source-stripe read --streams ${streams.join(",")} | destination-postgres write --pipeline bench`;
  const ways = {
    pipe: () => through(["sh", "-c", pipe], { env, folder }),
    run: () => through(["sluice", "run", "--json"], { env, folder }),
  };
  // what a move of before has left there would be copied by the rival alone
  await server.query(`DROP TABLE IF EXISTS ${streams.join(", ")}`);
  await ways.pipe();
  const files = new Map(streams.map((stream) => [stream, join(folder, `${stream}.copy`)]));
  for (const [stream, file] of files) await copyOut(server.url, stream, file);
  const [counted] = await server.query<{ n: string }>(
    `SELECT ${streams.map((stream) => `(SELECT count(*) FROM ${stream})`).join(" + ")} AS n`,
  );
  const records = Number(counted?.n);
  const copyIn = await copier();
  const emptied = (run: () => Promise<unknown>) => async (): Promise<Load> => {
    await server.query(`TRUNCATE ${streams.join(", ")}; DELETE FROM _sluice.checkpoints`);
    return rivalLoad(server, records, run);
  };
  let peakMb = 0;
  const watched = (run: () => Promise<number>) => emptied(async () => (peakMb = Math.max(peakMb, await run())));
  const {
    pipe: byPipe,
    run: byRun,
    copy,
  } = await alternate(rounds, {
    pipe: watched(ways.pipe),
    run: watched(ways.run),
    copy: emptied(async () => {
      for (const [stream, file] of files) await copyIn(server.url, stream, file);
    }),
  });
  const rate = { unit: "rows/s", floor: copy.rate, goal: { atLeast: 0.85 } };
  yield { figure: `${name}: rows a second, shell pipe`, value: byPipe.rate, ...rate };
  yield { figure: `${name}: rows a second, sluice run`, value: byRun.rate, ...rate };
  yield {
    figure: `${name}: rows a second, sluice run against the pipe`,
    value: byRun.rate,
    floor: byPipe.rate,
    unit: "rows/s",
    goal: { atLeast: 0.95 },
  };
  yield {
    figure: `${name}: CPU a 100,000 rows, sluice run`,
    value: byRun.totalUs * PER_100_000,
    unit: "s",
    goal: { atMost: 9 },
  };
  yield { figure: `${name}: resident, all programs`, value: peakMb, unit: "MB", goal: { atMost: 450 } };
}

/** Resolves to the most memory that the programs had together. */
async function through(
  [command = "", ...args]: readonly string[],
  { env, folder }: { env: NodeJS.ProcessEnv; folder: string },
): Promise<number> {
  const program = spawn(command, args, { env, cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  using memory = peakTreeMb(program.pid ?? 0);
  await once(program, "exit");
  if (program.exitCode !== 0) throw new Error(`${command} ended with exit code ${program.exitCode}.`);
  return memory.peakMb();
}

function pipelineFile(streams: readonly string[]): string {
  return `pipelines:
  bench:
    source:
      connector: source-stripe
    destination:
      connector: destination-postgres
    streams: [${streams.join(", ")}]
`;
}

async function idle(server: BenchServer): Promise<Figure> {
  const program = spawn("destination-postgres", ["write"], {
    env: { ...process.env, DESTINATION_POSTGRES_CONNECTION_STRING: server.url },
    stdio: ["pipe", "ignore", "inherit"],
  });
  const say = (type: string, payload: object) => program.stdin.write(`${JSON.stringify({ type, [type]: payload })}\n`);
  const json_schema = { type: "object", properties: { id: { type: "string" } } };
  say("catalog", { streams: [{ name: "idle", primary_key: ["id"], json_schema }] });
  const waits: number[] = [];
  for (let number = 0; number < IDLE_RECORDS; number += 1) {
    const startedAtMs = performance.now();
    say("record", { stream: "idle", data: { id: `r${number}` } });
    while (!(await isThere(server, `r${number}`))) await sleep(POLL_MS);
    // the first one waits for the program to start
    if (number > 0) waits.push(performance.now() - startedAtMs);
  }
  say("stream_status", { stream: "idle", status: "complete" });
  program.stdin.end();
  await once(program, "exit");
  return {
    figure: "idle: one record until its row is committed",
    value: median(waits),
    unit: "ms",
    goal: { atMost: 250 },
  };
}

async function isThere(server: BenchServer, id: string): Promise<boolean> {
  const [table] = await server.query<{ found: string | null }>("SELECT to_regclass('idle') AS found");
  return table?.found !== null && (await server.query(`SELECT 1 FROM idle WHERE id = '${id}'`)).length > 0;
}
