import { setTimeout as sleep } from "node:timers/promises";
import { SluiceError } from "@sluice/protocol";
import { DatabaseError, type Pool, type PoolClient } from "pg";
import type { Config } from "./config.ts";
import { beginSql, connect, release, withClient } from "./connection.ts";
import { isRetryable } from "./database-error.ts";

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5000;
const IN_PROGRESS_PAUSE_MS = 50;

/**
 * What the work of a transaction yields, and the transaction's id; undefined when it wrote nothing. `assertThere`
 * throws where the database does not have what it stored.
 */
export type Worked<T> = {
  result: T;
  xid: string | undefined;
  assertThere?: (client: PoolClient) => Promise<void>;
};

/** A COMMIT whose answer never came: it may or may not have happened. */
class UnknownOutcome<T> extends Error {
  override readonly name = "UnknownOutcome";
  readonly worked: Worked<T>;

  constructor(worked: Worked<T>, cause: unknown) {
    super("The connection was lost at COMMIT.", { cause });
    this.worked = worked;
  }
}

/** Transactions that are tried again, as a whole, when what stopped them may pass. */
export class Transactions {
  readonly #pool: Pool;
  readonly #config: Config;

  constructor(pool: Pool, config: Config) {
    this.#pool = pool;
    this.#config = config;
  }

  /**
   * Resolves to the result of `work` once it is committed. A deadlock, a restart of the server or a lost connection
   * makes it run again, for as long as `max_retry_ms`; where the connection is lost at COMMIT, the server is asked
   * what became of the transaction, so that it never happens twice.
   */
  async run<T>(work: (client: PoolClient) => Promise<Worked<T>>): Promise<T> {
    const deadline = performance.now() + this.#config.max_retry_ms;
    for (let tries = 0; ; tries += 1) {
      try {
        return await this.#once(work);
      } catch (error) {
        if (error instanceof UnknownOutcome) {
          const { worked } = error as UnknownOutcome<T>;
          if (await this.#happened(worked, deadline)) return worked.result;
        } else if (!isRetryable(error)) {
          throw error;
        }
        const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries) * (0.5 + Math.random() / 2);
        if (performance.now() + pause > deadline) throw error instanceof UnknownOutcome ? error.cause : error;
        await sleep(pause);
      }
    }
  }

  /** Resolves to a connection with a transaction open on it, for work that does not fit into one call. */
  async begin(): Promise<PoolClient> {
    const client = await connect(this.#pool);
    try {
      await client.query(beginSql(this.#config));
      return client;
    } catch (error) {
      release(client, true);
      throw error;
    }
  }

  /** Commits what was begun with `begin` and resolves to its result; as `run` does where the answer is lost. */
  async commit<T>(client: PoolClient, worked: Worked<T>): Promise<T> {
    try {
      await commitOn(client, worked);
      release(client);
      return worked.result;
    } catch (error) {
      release(client, true);
      if (!(error instanceof UnknownOutcome)) throw error;
      if (await this.#happened(worked, performance.now() + this.#config.max_retry_ms)) return worked.result;
      throw error.cause;
    }
  }

  async #once<T>(work: (client: PoolClient) => Promise<Worked<T>>): Promise<T> {
    const client = await this.begin();
    try {
      const worked = await work(client);
      await commitOn(client, worked);
      release(client);
      return worked.result;
    } catch (error) {
      // ended, not rolled back and kept: what failed may be the connection itself
      release(client, true);
      throw error;
    }
  }

  async #happened<T>({ xid, assertThere }: Worked<T>, deadline: number): Promise<boolean> {
    if (xid === undefined) return true;
    for (let tries = 0; ; tries += 1) {
      try {
        const status = await withClient(this.#pool, async (client) => {
          const found = await statusOf(client, xid);
          // a database that went back may have given the id to somebody else's transaction
          if (found === "committed") await assertThere?.(client);
          return found;
        });
        // the server has not noticed yet that the connection is gone
        if (status !== "in progress") return status === "committed";
        await sleep(IN_PROGRESS_PAUSE_MS);
      } catch (error) {
        const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries);
        if (!isRetryable(error) || performance.now() + pause > deadline) throw error;
        await sleep(pause);
      }
    }
  }
}

async function commitOn<T>(client: PoolClient, worked: Worked<T>): Promise<void> {
  try {
    const { command } = await client.query("COMMIT");
    if (command === "COMMIT") return;
  } catch (error) {
    // an ERROR is the server's word that nothing was committed; after anything else nobody knows
    if (error instanceof DatabaseError && isRefusal(error)) throw error;
    throw new UnknownOutcome(worked, error);
  }
  throw new SluiceError("system", "The database rolled a transaction back that it was asked to commit; run it again.");
}

/** The severity is spelled in the language of the server, so what a COMMIT is refused for counts as well. */
function isRefusal({ severity, code = "" }: DatabaseError): boolean {
  return severity === "ERROR" || /^(22|23|40|42|P0)/.test(code);
}

async function statusOf(client: PoolClient, xid: string): Promise<string | undefined> {
  try {
    const { rows } = await client.query<{ status: string | null }>("SELECT pg_catalog.pg_xact_status($1) AS status", [
      xid,
    ]);
    return rows[0]?.status ?? undefined;
  } catch (error) {
    // a standby that took over may never have heard of it
    if (error instanceof DatabaseError && error.code === "22023") return "aborted";
    throw error;
  }
}
