import { setTimeout as sleep } from "node:timers/promises";
import type { Payload } from "@sluice/protocol";
import { log } from "@sluice/protocol/stdio";
import type { PushedInputs } from "@sluice/runner";
import type { Database } from "../store/database.ts";
import { Inbox } from "../store/inbox.ts";
import { InboxBell } from "./inbox-bell.ts";

const PAGE_BYTES = 1024 * 1024;
/** How long is waited for a bell that may be broken. */
const LOOK_EVERY_MS = 1000;
const RETRY_MS = 1000;

/** The events that were pushed to a pipeline, for its live run: read as they come, and forgotten once they are committed. */
export class InboxInputs implements PushedInputs, AsyncDisposable {
  readonly #inbox: Inbox;
  readonly #bell: InboxBell;
  readonly #pipelineId: string;
  #through = 0;
  #cleared = 0;
  #clearing: Promise<void> | undefined;
  #isClosed = false;

  constructor(database: Database, pipelineId: string) {
    this.#inbox = new Inbox(database);
    this.#bell = new InboxBell(database, pipelineId);
    this.#pipelineId = pipelineId;
  }

  async *waiting(signal: AbortSignal): AsyncGenerator<Payload<"input">> {
    for (let after = this.#through; !signal.aborted;) {
      // before it is looked, so that nothing comes unheard between the two
      const rung = this.#bell.rung({ orAfterMs: LOOK_EVERY_MS, signal });
      const events = await this.#look(after);
      for (const { seq, received_at: receivedAt, headers, body } of events) {
        if (signal.aborted) return;
        yield { seq, received_at: receivedAt.toISOString(), kind: "webhook", headers, body };
        after = seq;
      }
      if (events.length === 0) await rung;
    }
  }

  committed(through: number): void {
    this.#through = Math.max(this.#through, through);
    if (this.#through > this.#cleared) this.#clearing ??= this.#clear();
  }

  /** Forgets what is committed, if the database can be used; else the next run hands it to the source again. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#clearing;
    await this.#bell[Symbol.asyncDispose]();
  }

  /** A database that is away is waited for: what was handed on already goes on meanwhile. */
  async #look(after: number) {
    try {
      return await this.#inbox.waiting(this.#pipelineId, { after, maxBytes: PAGE_BYTES });
    } catch (error) {
      log("warn", `Pushed events wait: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  }

  async #clear(): Promise<void> {
    while (this.#through > this.#cleared) {
      const through = this.#through;
      try {
        await this.#inbox.clear(this.#pipelineId, through);
        this.#cleared = through;
      } catch (error) {
        log("warn", `Events that are committed could not be forgotten yet: ${String(error)}`);
        if (this.#isClosed) break;
        await sleep(RETRY_MS);
      }
    }
    this.#clearing = undefined;
  }
}
