import { openStore, stateLineOf, type StateStore } from "@sluice/runner";
import { audit, type Actor } from "../store/audit-log.ts";
import { StoreConflict } from "../store/store-conflict.ts";
import type { Store } from "../store/store.ts";
import { givenState } from "./given-state.ts";
import { openStored } from "./open-stored.ts";

/** Where a pipeline goes on: its states as lines, byte by byte as they are stored, in the destination or in the store. */
export class PipelineStates {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Resolves to the newest state of each scope. */
  async get(id: string): Promise<string[]> {
    return (await this.#open(id)).get(id);
  }

  /** Resolves to the states of the past, oldest first, each with `committed_at`. */
  async history(id: string): Promise<string[]> {
    return (await this.#open(id)).history(id);
  }

  /** Replaces all states. Throws `config` for a line that is none, and while a run goes on. */
  async set(id: string, lines: readonly string[], actor: Actor): Promise<void> {
    const states = lines.map(givenState);
    const store = await this.#open(id);
    await this.#assertIdle(id);
    await store.set(id, states);
    await audit(this.#store.database.pool, actor, {
      action: "pipeline.states.set",
      target: id,
      detail: { states: states.length },
    });
  }

  /** Forgets all states, or those of one stream, so that it is read again. Throws while a run goes on. */
  async forget(id: string, stream: string | undefined, actor: Actor): Promise<void> {
    const kept = stream === undefined ? [] : await this.get(id);
    const lines = kept.filter((line) => stateLineOf(line).state.stream !== stream);
    if (stream !== undefined && lines.length === kept.length)
      throw new StoreConflict("not_found", `There is no state of the stream "${stream}".`);
    await this.set(id, lines, actor);
  }

  async #open(id: string): Promise<StateStore> {
    return (await openStore(await openStored(this.#store, id))).store;
  }

  async #assertIdle(id: string): Promise<void> {
    const { rows } = await this.#store.database.pool.query<{ id: string }>(
      "SELECT id FROM runs WHERE pipeline_id = $1 AND status = 'running'",
      [id],
    );
    if (rows[0] !== undefined)
      throw new StoreConflict("in_use", `The run "${rows[0].id}" goes on; cancel it, or wait for its end.`);
  }
}
