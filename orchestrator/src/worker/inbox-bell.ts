import { setTimeout as sleep } from "node:timers/promises";
import { log } from "@sluice/protocol/stdio";
import type { PoolClient } from "pg";
import type { Database } from "../store/database.ts";
import { INBOX_CHANNEL } from "../store/inbox.ts";

/** Rings when the database tells that events of a pipeline have come. It may miss some, as when its connection breaks. */
export class InboxBell implements AsyncDisposable {
  readonly #database: Database;
  readonly #pipelineId: string;
  #client: PoolClient | undefined;
  #listening: Promise<void> | undefined;
  #isClosed = false;
  #ring: (() => void) | undefined;

  constructor(database: Database, pipelineId: string) {
    this.#database = database;
    this.#pipelineId = pipelineId;
  }

  /** Resolves when it rings, when so long is over, or when the signal aborts. */
  async rung({ orAfterMs, signal }: { orAfterMs: number; signal: AbortSignal }): Promise<void> {
    const ring = Promise.withResolvers<void>();
    this.#ring = ring.resolve;
    await this.#listen();
    const over = new AbortController();
    // cut short by whatever comes first
    const late = sleep(orAfterMs, undefined, { signal: AbortSignal.any([signal, over.signal]) }).catch(() => {});
    await Promise.race([ring.promise, late]);
    over.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#listening;
    this.#client?.release(true);
    this.#client = undefined;
  }

  /** Resolves when it listens, or cannot. */
  #listen(): Promise<void> | undefined {
    if (this.#client !== undefined || this.#isClosed) return undefined;
    this.#listening ??= this.#connect().finally(() => (this.#listening = undefined));
    return this.#listening;
  }

  async #connect(): Promise<void> {
    let client: PoolClient | undefined;
    try {
      client = await this.#database.pool.connect();
      const taken = client;
      taken.on("notification", ({ payload }) => {
        if (payload === this.#pipelineId) this.#ring?.();
      });
      taken.on("error", (error) => {
        if (this.#client !== taken) return;
        this.#client = undefined;
        taken.release(error);
      });
      await taken.query(`LISTEN ${INBOX_CHANNEL}`);
      this.#client = taken;
    } catch (error) {
      client?.release(true);
      log("debug", `Events are looked for once a second: ${String(error)}`);
    }
  }
}
