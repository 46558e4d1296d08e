import { migrate } from "@sluice/postgres-kit";
import { SluiceError } from "@sluice/protocol";
import { Pool, type ClientBase } from "pg";
import { budgets } from "./budgets.ts";
import { migrations } from "./migrations.ts";
import { ownStates } from "./states.ts";

/** The schema of the orchestrator's tables. */
const SCHEMA = "sluice";
const MAX_CONNECTIONS = 10;
const STATEMENT_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** A transaction whose program has gone, with its machine or its network, holds what it has locked for so long. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;
/** How the server finds out that whoever is at the other end has gone: half a minute, where its own default is two hours. */
const SERVER_KEEPALIVE = { tcp_keepalives_idle: 15, tcp_keepalives_interval: 5, tcp_keepalives_count: 3 };

/** What statements are run on: the pool, or a client in a transaction. */
export type Queryable = Pick<ClientBase, "query">;

/** The orchestrator's Postgres. */
export class Database implements AsyncDisposable {
  readonly pool: Pool;
  /** Its address, with the password. */
  readonly url: string;

  private constructor(pool: Pool, url: string) {
    this.pool = pool;
    this.url = url;
  }

  /** Takes a database that another process has brought up to date; it is connected to when it is first used. */
  static attach(connectionString: string, { connections }: { connections: number }): Database {
    return new Database(newPool(connectionString, connections), connectionString);
  }

  /** Connects and brings the schema up to date. Throws `transient` when the database cannot be reached. */
  static async open(connectionString: string): Promise<Database> {
    const pool = newPool(connectionString, MAX_CONNECTIONS);
    try {
      const client = await pool.connect();
      try {
        await migrate(client, { schema: SCHEMA, migrations });
        await ownStates.migrate(client);
        await budgets.migrate(client);
      } finally {
        client.release();
      }
      return new Database(pool, connectionString);
    } catch (error) {
      await pool.end();
      if (error instanceof SluiceError) throw error;
      const reason = error instanceof Error ? error.message || String(error) : String(error);
      throw new SluiceError("transient", `The database of Sluice cannot be used (${reason}); check DATABASE_URL.`, {
        cause: error,
      });
    }
  }

  /** Resolves to what `work` does in one transaction; undone when it throws. */
  async transaction<T>(work: (client: Queryable) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let failure: Error | undefined;
    try {
      await client.query("BEGIN");
      const result = await work(client);
      await client.query("COMMIT");
      return result;
    } catch (error) {
      await client.query("ROLLBACK").catch((broken: Error) => {
        failure = broken;
      });
      throw error;
    } finally {
      client.release(failure);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.end();
  }
}

function newPool(connectionString: string, max: number): Pool {
  const pool = new Pool({
    connectionString,
    max,
    application_name: "sluice",
    keepAlive: true,
    // the kernel's own delay is two hours
    keepAliveInitialDelayMillis: 10_000,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // unqualified names are ours or Postgres' own, whatever the role is set to
    options: optionsOf({ search_path: `${SCHEMA},pg_catalog`, ...SERVER_KEEPALIVE }),
  });
  // an idle connection that breaks is replaced by the next statement
  pool.on("error", () => {});
  // one that breaks while it is in use is told by the statement that fails
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

/** Yields settings as the server takes them when a connection begins. */
function optionsOf(settings: Record<string, string | number>): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(" ");
}
