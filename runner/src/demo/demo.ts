import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { ExitCode, SluiceError } from "@sluice/protocol";
import { createDatabase, startPostgres } from "@sluice/postgres-kit/server";
import { findExecutable, searchFolders } from "../executables/search.ts";
import { startAccount, type EmulatedAccount } from "./emulated-account.ts";
import { startKeptPostgres } from "./kept-postgres.ts";
import { Narrator } from "./narrator.ts";
import { QUERY, compareCounts, query, renderTable } from "./result.ts";
import { PIPE, discoverStreams, runPipe } from "./shell-pipe.ts";
import { PIPELINE_FILE, runSluice } from "./sluice-run.ts";

export type DemoOptions = { keep: boolean; json: boolean };
type Totals = { streams: number; rows: number };

/** Runs the demo and resolves to its exit code; leaves nothing running, but Postgres with `keep`. */
export async function runDemo({ keep, json }: DemoOptions): Promise<ExitCode> {
  const narrator = new Narrator(json ? process.stderr : process.stdout);
  const startedAt = performance.now();
  const stop = new AbortController();
  const interrupt = () => {
    // the second signal ends the process as if nobody listened
    if (stop.signal.aborted) process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    stop.abort();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  let totals: Totals = { streams: 0, rows: 0 };
  let exitCode: ExitCode = ExitCode.ok;
  try {
    totals = await show({ narrator, keep, signal: stop.signal });
  } catch (error) {
    exitCode = stop.signal.aborted
      ? ExitCode.sigint
      : error instanceof SluiceError
        ? error.exitCode
        : ExitCode.unexpected;
    narrator.say(
      stop.signal.aborted ? "Stopped." : `The demo failed: ${error instanceof Error ? error.message : String(error)}`,
    );
  } finally {
    stop.abort();
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  if (exitCode === ExitCode.ok) narrator.say(`\nDone in ${seconds} s.`);
  if (json)
    process.stdout.write(
      JSON.stringify({ status: exitCode === ExitCode.ok ? "succeeded" : "failed", ...totals, seconds }) + "\n",
    );
  return exitCode;
}

type Stage = { narrator: Narrator; keep: boolean; signal: AbortSignal };

async function show({ narrator, keep, signal }: Stage): Promise<Totals> {
  const emulator = await findExecutable("stripe-emulator");
  if (emulator === undefined)
    throw new SluiceError(
      "config",
      "stripe-emulator was not found in node_modules/.bin or on PATH; run the demo in a clone of Sluice.",
    );

  narrator.say("Starting a Postgres of its own …");
  await using resources = new AsyncDisposableStack();
  const kept = keep ? await startKeptPostgres() : undefined;
  const server = kept ?? resources.use(await startPostgres());
  // DATABASE_URL may lead to a server with data of its own
  const database = await createDatabase(server.url, "sluice_demo");
  if (!keep) resources.use(database);
  narrator.say("Starting an emulated Stripe account …");
  const account = await startAccount(emulator.path, signal);

  const settings = {
    ...account.settings,
    SOURCE_STRIPE_MAX_REQUESTS_PER_SECOND: "400",
    DESTINATION_POSTGRES_CONNECTION_STRING: database.url,
  };
  narrator.say("\nThis is all that the two programs need to know:\n");
  for (const [name, value] of Object.entries(settings)) narrator.say(`  export ${name}=${value}`);
  const env = { ...settings, PATH: searchFolders().join(delimiter) };

  const streams = await discoverStreams(env);
  const load = async () => loadOnce({ narrator, account, streams, env, url: database.url, signal });
  await load();
  narrator.say("\nMeanwhile in Stripe:\n");
  for (const change of await account.change()) narrator.say(`  ${change}`);
  await load();

  narrator.say("\nWhat changed, in Postgres:\n");
  narrator.say(
    renderTable(
      await query(
        database.url,
        "SELECT id, name, email FROM customers WHERE email LIKE 'renamed-%' OR name = 'Late Arrival' ORDER BY email, id",
      ),
    ),
  );
  narrator.say(`\nAnd a question that only a database answers:\n\n${QUERY.replaceAll(/^/gm, "  ")}\n`);
  narrator.say(renderTable(await query(database.url, QUERY)));
  narrator.say(`\nThe same under the runner, which keeps account of every record and can go on where it stopped:\n`);
  const totals = await loadByRunner({ narrator, account, streams, env, url: database.url, signal });
  narrator.say(nextSteps(database.url, kept));
  return totals;
}

type Load = {
  narrator: Narrator;
  account: EmulatedAccount;
  streams: string[];
  env: Record<string, string>;
  url: string;
  signal: AbortSignal;
};

async function loadOnce(load: Load): Promise<Totals> {
  const { narrator, env, signal } = load;
  narrator.say(`\n  $ ${PIPE}\n`);
  return counted(load, () =>
    runPipe({
      env,
      signal,
      onProgress: (rows, completed) =>
        narrator.progress(`  ${rows.toLocaleString("en")} rows committed, ${completed} streams complete`),
    }),
  );
}

async function loadByRunner(load: Load): Promise<Totals> {
  const { narrator, env, signal } = load;
  await using folder = await mkdtempDisposable(join(tmpdir(), "sluice-demo-"));
  await writeFile(join(folder.path, "sluice.yaml"), PIPELINE_FILE);
  narrator.say(`  $ cat sluice.yaml\n\n${PIPELINE_FILE.trimEnd().replaceAll(/^/gm, "  ")}\n\n  $ sluice run\n`);
  return await counted(load, () =>
    runSluice({ folder: folder.path, env, signal, say: (text) => narrator.say(`  ${text}`) }),
  );
}

/** Resolves once the work is done and every table has as many rows as Stripe has objects. */
async function counted({ narrator, account, streams, url }: Load, work: () => Promise<void>): Promise<Totals> {
  const startedAt = performance.now();
  const counts = await account.counts();
  await work();
  const seconds = (performance.now() - startedAt) / 1000;
  // a stream that the emulator does not count has to be empty
  const rows = await compareCounts(url, new Map(streams.map((stream) => [stream, counts[stream] ?? 0])));
  narrator.say(
    `  ${rows.toLocaleString("en")} rows in ${streams.length} tables after ${seconds.toFixed(1)} s; every table has as many rows as Stripe has objects.`,
  );
  return { streams: streams.length, rows };
}

function nextSteps(url: string, kept: { pid: number } | undefined): string {
  const postgres =
    kept === undefined
      ? 'Postgres and its rows are gone when this ends; "npm run demo -- --keep" leaves it running.'
      : `Postgres stays up at\n  ${url}\nEnd it with: kill ${kept.pid}`;
  return `
${postgres}

With an account and a database of your own:

  export PATH="$PWD/node_modules/.bin:$PATH"
  export SOURCE_STRIPE_API_KEY=rk_test_…          # a restricted key with read access is enough
  export SOURCE_STRIPE_API_VERSION=2026-10-28.endive
  export DESTINATION_POSTGRES_CONNECTION_STRING=postgresql://user:password@host/database
  ${PIPE}`;
}
