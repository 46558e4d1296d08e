import { Socket } from "node:net";
import { inTransaction as inTransactionOf } from "@sluice/postgres-kit";
import { Pool, type ClientBase, type PoolClient, type PoolConfig } from "pg";
import { addressOf, type IamToken } from "@sluice/postgres-kit/address";
import type { Config } from "./config.ts";
import { databaseError } from "./database-error.ts";

const CONNECT_TIMEOUT_MS = 15_000;
/** After so long a silence the other side is asked whether it is there; Node gives it ten seconds to answer. */
const KEEP_ALIVE_MS = 10_000;

/** What each new connection of a pool needs as its password, where that changes. */
const tokens = new WeakMap<Pool, IamToken>();
/** The sockets of a pool: the driver leaves one open whose login fails before the server has said so. */
const sockets = new WeakMap<Pool, Set<Socket>>();

export type PoolOptions = {
  /** What the sessions are called; a newer writer finds those of an older one by it. */
  name?: string;
  onIdleError: (error: unknown) => void;
};

/** Yields a pool of `parallel` connections. Its sessions have no settings of ours: each transaction brings its own. */
export function openPool(config: Config, { name, onIdleError }: PoolOptions): Pool {
  const { options: address, token } = addressOf(config);
  const opened = new Set<Socket>();
  const options: PoolConfig = {
    ...address,
    stream() {
      const socket = new Socket();
      opened.add(socket);
      socket.once("close", () => opened.delete(socket));
      return socket;
    },
    application_name: name ?? "destination-postgres",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    // the kernel's own delay is two hours
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    max: config.parallel,
    idleTimeoutMillis: 0,
  };
  const pool = new Pool(options);
  pool.on("error", onIdleError);
  if (token !== undefined) tokens.set(pool, token);
  sockets.set(pool, opened);
  return pool;
}

/** Ends the connections of a pool. */
export async function closePool(pool: Pool): Promise<void> {
  if (!pool.ending) await pool.end();
  cut(pool);
}

/** Ends the connections of a pool in the middle of whatever they do; there are no new ones. */
export function cutPool(pool: Pool): void {
  // whoever waits for it learns of it by his connection
  pool.end().catch(ignore);
  cut(pool);
}

function cut(pool: Pool): void {
  for (const socket of sockets.get(pool) ?? []) socket.destroy();
}

/**
 * Yields the statements that begin a transaction: times are read as UTC in ISO form, nothing is found by search_path,
 * a batch is sorted in memory. They end with the transaction, so that a pooler may give the session to others.
 */
export function beginSql(config: Pick<Config, "statement_timeout_ms">): string {
  const settings = {
    search_path: "pg_catalog",
    standard_conforming_strings: "on",
    timezone: "'UTC'",
    datestyle: "'ISO, MDY'",
    bytea_output: "hex",
    work_mem: "'64MB'",
    // a batch is over before its statement is compiled
    jit: "off",
    statement_timeout: String(config.statement_timeout_ms),
    idle_in_transaction_session_timeout: "0",
  };
  // in another one, who waits for a lock does not see what was committed meanwhile
  return [
    "BEGIN ISOLATION LEVEL READ COMMITTED",
    ...Object.entries(settings).map(([name, value]) => `SET LOCAL ${name} = ${value}`),
  ].join("; ");
}

/** Resolves to what `work` yields on one connection; throws a typed error when there is none to be had. */
export async function withClient<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await connect(pool);
  try {
    const result = await work(client);
    release(client);
    return result;
  } catch (error) {
    release(client, true);
    throw error;
  }
}

/** Resolves to a connection of the pool; an error that comes while it is idle is kept from being thrown at large. */
export async function connect(pool: Pool): Promise<PoolClient> {
  try {
    await tokens.get(pool)?.refresh();
    const client = await pool.connect();
    client.on("error", ignore);
    return client;
  } catch (error) {
    throw databaseError(error, "connecting to the database");
  }
}

/** Gives a connection back, or ends it when it is `broken`. */
export function release(client: PoolClient, broken = false): void {
  client.off("error", ignore);
  client.release(broken);
}

/** Resolves to what `work` yields once it is committed; rolls back when it throws. */
export function inTransaction<T>(client: ClientBase, config: Config, work: () => Promise<T>): Promise<T> {
  return inTransactionOf(client, beginSql(config), work);
}

/** Resolves to what `work` yields on a connection that is opened for it alone; `doing` is for the message of a failure. */
export async function withDatabase<T>(
  config: Config,
  doing: string,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const pool = openPool({ ...config, parallel: 1 }, { onIdleError: ignore });
  try {
    return await withClient(pool, work);
  } catch (error) {
    throw databaseError(error, doing);
  } finally {
    await closePool(pool);
  }
}

/** An error while a statement runs rejects that statement, where somebody waits for it. */
function ignore(): void {}
