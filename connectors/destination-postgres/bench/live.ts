import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bench, Figure } from "@sluice/evidence";
import { reservePort } from "@sluice/services";
import { openAccount } from "./fixtures/bench-account.ts";
import { openServer, type BenchServer } from "./fixtures/bench-server.ts";

const RATES = [10, 100];
const SECONDS = 15;
const PATIENCE_MS = 60_000;
const WAYS = ["webhook", "websocket", "poll"] as const;
/** A poll looks only at seconds that are over, so it is a second late at best. */
const GOALS = { webhook: { atMost: 1000 }, websocket: { atMost: 1000 }, poll: undefined };
const JSON_HEADERS = { "content-type": "application/json" };

type Way = (typeof WAYS)[number];
type Account = Awaited<ReturnType<typeof openAccount>>;

/** How long it takes from an event at Stripe until its row is committed. */
export const bench: Bench = {
  measures: `Built programs, by \`sluice run --live\`, from an emulated account in a process of its own into a Postgres that syncs its commits. Customers are made at a steady rate for ${SECONDS} s; of each the time counts from before the request that makes it until its row is being committed.`,
  async *run({ note }): AsyncIterable<Figure> {
    await using server = await openServer();
    for (const way of WAYS)
      for (const rate of RATES) {
        note(`${rate} events a second by ${way}`);
        const delays = await followed({ server, way, rate });
        for (const [name, share] of [
          ["p50", 0.5],
          ["p95", 0.95],
          ["p99", 0.99],
        ] as const) {
          const figure = `${way}, ${rate} events a second, ${name}`;
          const goal = name === "p95" ? GOALS[way] : undefined;
          yield { figure, value: percentile(delays, share), unit: "ms", ...(goal === undefined ? {} : { goal }) };
        }
      }
  },
};

/** Resolves to how long each event took, in milliseconds. */
async function followed({ server, way, rate }: { server: BenchServer; way: Way; rate: number }): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-bench-live-"));
  await using account = await openAccount({ customers: 100 });
  await server.query(
    "DROP SCHEMA IF EXISTS _sluice CASCADE; DROP TABLE IF EXISTS customers, committed CASCADE; DROP FUNCTION IF EXISTS note_commit CASCADE",
  );
  await writeFile(join(folder, "sluice.yaml"), PIPELINE);
  const env = {
    ...process.env,
    ...account.settings,
    ...(way === "webhook" ? await webhookSettings(account) : {}),
    SOURCE_STRIPE_EVENTS_MODE: way,
    DESTINATION_POSTGRES_CONNECTION_STRING: server.url,
  };
  const program = spawn("sluice", ["run", "--live", "--json"], {
    env,
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  try {
    const until = (isDone: () => Promise<boolean>, what: string) => waitFor(program, isDone, what);
    await until(() => hasRows(server), "the first rows");
    await server.query(TRIGGER);
    // the way by which events are pushed opens behind the first poll
    await sleep(3000);
    await make(account, rate);
    const made = rate * SECONDS;
    const count = async () => Number((await server.query<{ n: string }>("SELECT count(*) AS n FROM committed"))[0]?.n);
    await until(async () => (await count()) >= made, `all of ${made} events`);
    const rows = await server.query<{ ms: number }>("SELECT at - made_at AS ms FROM committed");
    return rows.map(({ ms }) => Number(ms));
  } finally {
    if (program.exitCode === null) {
      program.kill("SIGTERM");
      await once(program, "exit");
    }
    await rm(folder, { recursive: true });
  }
}

const PIPELINE = `pipelines:
  live:
    source:
      connector: source-stripe
    destination:
      connector: destination-postgres
    streams: [customers]
`;

/** Fires at the end of a transaction, just before its commit. */
const TRIGGER = `
CREATE TABLE committed (id text PRIMARY KEY, made_at float8, at float8);
CREATE FUNCTION note_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO public.committed VALUES (NEW.id, NEW.name::float8, extract(epoch FROM clock_timestamp()) * 1000) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER note_commit AFTER INSERT ON customers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_commit();`;

async function make({ settings }: Account, rate: number): Promise<void> {
  const startedAt = performance.now();
  for (let made = 0; made < rate * SECONDS; made += 1) {
    await sleep(Math.max(0, startedAt + (made * 1000) / rate - performance.now()));
    const body = JSON.stringify({ object: "customer", name: String(Date.now()) });
    void fetch(`${settings["SOURCE_STRIPE_BASE_URL"]}/_emulator/objects`, {
      method: "POST",
      headers: JSON_HEADERS,
      body,
    });
  }
}

async function webhookSettings({ settings }: Account): Promise<Record<string, string>> {
  const port = await reservePort();
  const body = new URLSearchParams({
    url: `http://127.0.0.1:${port}/`,
    "enabled_events[]": "*",
    api_version: settings["SOURCE_STRIPE_API_VERSION"] ?? "",
  });
  const headers = { authorization: `Bearer ${settings["SOURCE_STRIPE_API_KEY"]}` };
  const address = `${settings["SOURCE_STRIPE_BASE_URL"]}/v1/webhook_endpoints`;
  const { secret }: { secret: string } = JSON.parse(
    await (await fetch(address, { method: "POST", headers, body })).text(),
  );
  return { SOURCE_STRIPE_WEBHOOK_SECRET: secret, SOURCE_STRIPE_WEBHOOK_LISTEN: `127.0.0.1:${port}` };
}

async function hasRows(server: BenchServer): Promise<boolean> {
  const [found] = await server.query<{ oid: string | null }>("SELECT to_regclass('customers') AS oid");
  if (found === undefined || found.oid === null) return false;
  return (await server.query("SELECT 1 FROM customers LIMIT 1")).length > 0;
}

async function waitFor(program: ChildProcess, isDone: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isDone())) {
    if (program.exitCode !== null)
      throw new Error(`sluice run ended with exit code ${program.exitCode}, before ${what}.`);
    if (performance.now() > deadline) throw new Error(`A minute was too short for ${what}.`);
    await sleep(50);
  }
}

function percentile(values: readonly number[], share: number): number {
  return values.toSorted((one, other) => one - other)[Math.ceil(values.length * share) - 1] ?? NaN;
}
