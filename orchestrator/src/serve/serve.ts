import { join } from "node:path";
import { log } from "@sluice/protocol/stdio";
import { startPostgres } from "@sluice/postgres-kit/server";
import { buildApi } from "../api/app.ts";
import { Connectors } from "../connectors.ts";
import { RunQueue } from "../queue/run-queue.ts";
import { Retention, retentionDays } from "../retention/retention.ts";
import { Store } from "../store/store.ts";
import { RunWorker } from "../worker/worker.ts";
import { loadKeyring } from "./secret-keys.ts";

export type ServeOptions = {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Runs at the same time. */
  concurrency: number;
  /** Keeps what is not in the database: the key, files of pipelines, and the database itself when none is given. */
  dataFolder: string;
};

export type Served = AsyncDisposable & {
  url: string;
  /** The first admin token, when this was the first start. */
  firstToken: string | undefined;
};

/** Starts API and worker in this process, on the Postgres of DATABASE_URL or on one that is kept in the data folder. */
export async function serve({ host, port, concurrency, dataFolder }: ServeOptions): Promise<Served> {
  await using started = new AsyncDisposableStack();
  const keyring = await loadKeyring(dataFolder);
  const postgres = started.use(
    await startPostgres({ dataDir: join(dataFolder, "postgres"), onProgress: (message) => log("info", message) }),
  );
  const store = started.use(await Store.open(postgres.url, keyring));
  const queue = started.use(await RunQueue.open(postgres.url));
  // the queue may have been lost; what is there already stays as it is
  for (const { id } of await store.runs.unfinished()) await queue.add(id);
  const firstToken = await store.tokens.createFirst();
  const connectors = new Connectors();
  const api = await buildApi({ store, connectors, queue });
  started.defer(() => api.close());
  const url = await api.listen({ host, port });
  started.use(new Retention(store, retentionDays()));
  // last to begin and first to end, since it needs all of the others
  started.use(new RunWorker({ store, connectionString: postgres.url, concurrency, dataFolder }));
  const all = started.move();
  return { url, firstToken, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
