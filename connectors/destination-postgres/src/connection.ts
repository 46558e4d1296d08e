import { Pool, type ClientBase, type ClientConfig, type PoolClient } from "pg";
import type { Config } from "./config.ts";
import { databaseError } from "./database-error.ts";

const CONNECT_TIMEOUT_MS = 15_000;

export type PoolOptions = {
  /** What the sessions are called; a newer writer finds those of an older one by it. */
  name?: string;
  onIdleError: (error: unknown) => void;
};

/** Yields a pool whose sessions read times as UTC, find nothing by search_path, and sort a batch in memory. */
export function openPool(config: Config, { name, onIdleError }: PoolOptions): Pool {
  const pool = new Pool({
    ...addressOf(config),
    application_name: name ?? "destination-postgres",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    max: config.parallel,
    idleTimeoutMillis: 0,
  });
  pool.on("connect", (client) => {
    const settings = `SET search_path = pg_catalog; SET standard_conforming_strings = on; SET timezone = 'UTC'; SET work_mem = '64MB'; SET statement_timeout = ${config.statement_timeout_ms}`;
    // a connection on which this fails fails its next statement too, where somebody waits for it
    client.query(settings).catch(() => {});
  });
  pool.on("error", onIdleError);
  return pool;
}

/** Resolves to what `work` yields on one connection; throws a typed error that says what to do about the database's. */
export async function withClient<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  let client: PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    throw databaseError(error, "connecting to the database");
  }
  // an error while a statement runs rejects that statement; this one only keeps it from being thrown at large
  const ignore = () => {};
  client.on("error", ignore);
  try {
    const result = await work(client);
    client.off("error", ignore);
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/** Resolves to what `work` yields once it is committed; rolls back when it throws. */
export async function inTransaction<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query("BEGIN");
  try {
    const result = await work();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    // a broken connection has rolled back by itself
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

/** Resolves to what `work` yields on a connection that is opened for it alone; `doing` is for the message of a failure. */
export async function withDatabase<T>(
  config: Config,
  doing: string,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const pool = openPool({ ...config, parallel: 1 }, { onIdleError: () => {} });
  try {
    return await withClient(pool, work);
  } catch (error) {
    throw databaseError(error, doing);
  } finally {
    await pool.end();
  }
}

function addressOf(config: Config): ClientConfig {
  if (config.connection_string !== undefined) return { connectionString: config.connection_string };
  const { host, port, database, user, password } = config;
  return {
    port,
    ...(host === undefined ? {} : { host }),
    ...(database === undefined ? {} : { database }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
  };
}
