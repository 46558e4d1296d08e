import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bench, Figure } from "@sluice/evidence";
import { reservePort } from "@sluice/services";
import { Installation } from "../src/fixtures/installation.ts";
import { StripePipeline } from "../src/fixtures/stripe-pipeline.ts";

const RATES = [10, 100];
const SECONDS = 15;
const SCHEDULES = 1000;
const SPREAD_S = 60;
const LEAD_S = 5;
const IDLE_MS = 20_000;
const PATIENCE_MS = 120_000;
const MEGABYTE = 1_000_000;
const SERVE = join(import.meta.dirname, "..", "bin", "sluice-serve.js");

/** How long pushed events and due schedules wait, and what a server holds that has nothing to do. */
export const bench: Bench = {
  measures: `An API and a worker as processes, on a Postgres that syncs its commits. Customers are made in an emulated account at a steady rate for ${SECONDS} s and come as signed webhooks; of each the time counts from before it is made until its row is being committed. Then ${SCHEDULES} schedules come due within a minute, while a worker is busy with their runs; of each the time counts until the transaction begins that stores its run; its commit, and the job in the queue, are not in it. Then what \`sluice serve\`, built, holds after ${IDLE_MS / 1000} s without work, its Postgres not counted.`,
  async *run({ note }): AsyncIterable<Figure> {
    await using installation = await Installation.start("postgres", { durable: true });
    await installation.startApi();
    const worker = await installation.startWorker();
    for (const rate of RATES) {
      note(`${rate} webhooks a second`);
      const delays = await pushed(installation, rate);
      yield { figure: `webhooks at ${rate} a second, p50`, value: percentile(delays, 0.5), unit: "ms" };
      yield {
        figure: `webhooks at ${rate} a second, p95`,
        value: percentile(delays, 0.95),
        unit: "ms",
        goal: { atMost: 1000 },
      };
    }
    note(`${SCHEDULES} schedules within a minute`);
    const delays = await scheduled(installation);
    yield { figure: `${SCHEDULES} schedules due in a minute, p50`, value: percentile(delays, 0.5), unit: "ms" };
    yield {
      figure: `${SCHEDULES} schedules due in a minute, p99`,
      value: percentile(delays, 0.99),
      unit: "ms",
      goal: { atMost: 2000 },
    };
    await worker.kill();
    note("an idle server");
    yield {
      figure: "resident, idle server",
      value: await idleResidentMb(installation),
      unit: "MB",
      goal: { atMost: 200 },
    };
  },
};

/** Resolves to how long each event took, in milliseconds. */
async function pushed(installation: Installation, rate: number): Promise<number[]> {
  const name = `live_${rate}`;
  await using pipeline = await StripePipeline.create({
    call: (request, body) => installation.call(request, body),
    apiUrl: installation.apiUrl,
    databaseUrl: installation.databaseUrl,
    name,
  });
  const count = async (table: string) =>
    Number((await installation.query(`SELECT count(*) AS n FROM ${name}.${table}`))[0]?.["n"]);
  await until("the first rows", async () => (await count("customers")) > 0);
  await installation.query(triggerIn(name));
  // the way by which events come opens behind the first poll
  await sleep(3000);
  const startedAt = performance.now();
  for (let made = 0; made < rate * SECONDS; made += 1) {
    await sleep(Math.max(0, startedAt + (made * 1000) / rate - performance.now()));
    pipeline.emulator.create({ object: "customer", name: String(Date.now()) });
  }
  await until("all events", async () => (await count("committed")) >= rate * SECONDS);
  await pipeline.goLive(false);
  return (await installation.query(`SELECT at - made_at AS ms FROM ${name}.committed`)).map(({ ms }) => Number(ms));
}

/** Fires at the end of a transaction, just before its commit. */
function triggerIn(schema: string): string {
  return `
    CREATE TABLE ${schema}.committed (id text PRIMARY KEY, made_at float8, at float8);
    CREATE FUNCTION ${schema}.note_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO ${schema}.committed VALUES (NEW.id, NEW.name::float8, extract(epoch FROM clock_timestamp()) * 1000) ON CONFLICT DO NOTHING;
      RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER note_commit AFTER INSERT ON ${schema}.customers DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION ${schema}.note_commit();`;
}

/** Resolves to how long behind its instant each run was made, in milliseconds. */
async function scheduled(installation: Installation): Promise<number[]> {
  const id = await installation.newPipeline({ name: "due", records: 1, pauseMs: 0 });
  await installation.query(
    `INSERT INTO sluice.pipelines (id, name, source_id, destination_id, settings)
       SELECT 'due_' || n, 'due', source_id, destination_id, settings
         FROM sluice.pipelines, generate_series(1, ${SCHEDULES}) AS n WHERE id = '${id}';
     INSERT INTO sluice.schedules (id, pipeline_id, every_s, created_at, next_at)
       SELECT 'due_' || id, id, 86400, due - interval '1 day', due FROM (
         SELECT id, now() + (${LEAD_S} + ${SPREAD_S} * random()) * interval '1 second' AS due
           FROM sluice.pipelines WHERE id LIKE 'due_%') AS timed`,
  );
  const runs = () =>
    installation.query(
      "SELECT extract(epoch FROM created_at - scheduled_at) * 1000 AS ms FROM sluice.runs WHERE pipeline_id LIKE 'due_%'",
    );
  await until("all runs", async () => (await runs()).length >= SCHEDULES);
  return (await runs()).map(({ ms }) => Number(ms));
}

async function idleResidentMb(installation: Installation): Promise<number> {
  await installation.query("CREATE DATABASE idle");
  const url = new URL(installation.databaseUrl);
  url.pathname = "/idle";
  const port = await reservePort();
  const server = spawn(process.execPath, [SERVE, "--port", String(port)], {
    env: { ...process.env, DATABASE_URL: url.href, SLUICE_SECRET_KEY: randomBytes(32).toString("base64") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await once(server.stdout, "data");
    await sleep(IDLE_MS);
    const [, kilobytes = "NaN"] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${server.pid}/status`, "utf8")) ?? [];
    return (Number(kilobytes) * 1024) / MEGABYTE;
  } finally {
    server.kill();
    await once(server, "exit");
  }
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  // a table may not be there yet
  while (!(await holds().catch(() => false))) {
    if (performance.now() > end) throw new Error(`It was waited in vain for ${what}.`);
    await sleep(100);
  }
}

function percentile(values: readonly number[], share: number): number {
  return values.toSorted((one, other) => one - other)[Math.ceil(values.length * share) - 1] ?? NaN;
}
