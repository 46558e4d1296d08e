import { join } from "node:path";
import { SluiceError } from "@sluice/protocol";
import { log } from "@sluice/protocol/stdio";
import { startPostgres } from "@sluice/postgres-kit/server";
import { buildApi } from "../api/app.ts";
import { findPage } from "../api/page.ts";
import { Connectors } from "../connectors.ts";
import { keepNotifying } from "../notifications/notifier.ts";
import { mailSettings } from "../notifications/send.ts";
import { queuePlace } from "../queue/backend.ts";
import { RunQueue } from "../queue/run-queue.ts";
import { keepForgetting, retentionDays } from "../retention/retention.ts";
import { ownStatesIn } from "../store/states.ts";
import { Store } from "../store/store.ts";
import { startTracing } from "../telemetry/tracing.ts";
import { RunWorker } from "../worker/worker.ts";
import { loadKeyring } from "./secret-keys.ts";

/** What a process may be of an installation: the API, a worker, or both. */
export type Part = "api" | "worker";

export type ServeOptions = {
  parts: readonly Part[];
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Runs at the same time. */
  concurrency: number;
  /** Live runs at the same time, besides. */
  live: number;
  /** Addresses and networks of proxies whose X-Forwarded-For tells who asks; nobody's when left out. */
  trustProxy?: readonly string[] | undefined;
  /** Keeps what belongs to this machine; the key and the database, too, where none is given. */
  dataFolder: string;
};

export type Served = AsyncDisposable & {
  /** Where the API listens, if this is one. */
  url: string | undefined;
  /** The first admin token, when this was the first start. */
  firstToken: string | undefined;
};

/**
 * Starts API, worker or both in this process, on the Postgres of DATABASE_URL, with the queue in the Redis of REDIS_URL if
 * there is one. A process that is both may keep a Postgres of its own and make its own key.
 */
export async function serve(options: ServeOptions): Promise<Served> {
  const { parts, host, port, concurrency, live, dataFolder, trustProxy } = options;
  if (parts.length === 1) assertShared(process.env);
  await using started = new AsyncDisposableStack();
  started.use(await startTracing());
  const keyring = await loadKeyring(dataFolder);
  const postgres = started.use(
    await startPostgres({ dataDir: join(dataFolder, "postgres"), onProgress: (message) => log("info", message) }),
  );
  const store = started.use(await Store.open(postgres.url, keyring));
  const sealed = await store.rotateKeys({ tokenId: null, requestId: "start" });
  if (sealed > 0) log("info", `${sealed} secrets are sealed with the new key; the old one is not needed any more.`);
  const place = queuePlace(postgres.url);
  const queue = started.use(await RunQueue.open(place));
  let url: string | undefined;
  if (parts.includes("api")) {
    const page = findPage();
    if (page === undefined)
      log("info", "The page (@sluice/web) is not installed or not built; there is the API alone.");
    const ownStates = ownStatesIn(postgres.url);
    const api = await buildApi({ store, connectors: new Connectors(), queue, ownStates, page, trustProxy });
    started.defer(() => api.close());
    url = await api.listen({ host, port });
    started.use(keepForgetting(store, retentionDays()));
    started.use(keepNotifying(store, mailSettings()));
  }
  // last to begin and first to end, since it needs all of the others
  if (parts.includes("worker")) started.use(new RunWorker({ store, queue, place, concurrency, live, dataFolder }));
  // it is told once, by who has started: when anything above fails, there must be none yet
  const firstToken = parts.includes("api") ? await store.tokens.createFirst() : undefined;
  const all = started.move();
  return { url, firstToken, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Parts that are apart from others share a database and a key, so neither may be of a machine's own. */
function assertShared({ DATABASE_URL: url, SLUICE_SECRET_KEY: key, SLUICE_SECRET_KEY_FILE: file }: NodeJS.ProcessEnv) {
  const missing = url ? (key || file ? undefined : "SLUICE_SECRET_KEY or SLUICE_SECRET_KEY_FILE") : "DATABASE_URL";
  if (missing !== undefined)
    throw new SluiceError("config", `Set ${missing}, the same as the other programs of this installation have.`);
}
