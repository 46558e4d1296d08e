import { SluiceError } from "@sluice/protocol";
import type { StateLine } from "@sluice/protocol/stdio";
import { openStore, stateLineOf, type StateStore } from "@sluice/runner";
import { audit, type Actor } from "../store/audit-log.ts";
import { StoreConflict } from "../store/store-conflict.ts";
import type { Store } from "../store/store.ts";
import { givenState } from "./given-state.ts";
import { openStored } from "./open-stored.ts";
import { stateChanges, type ShownState, type StateChange } from "./state-changes.ts";

/** Who asks for a change, and what cuts it off; it may have been made then. */
type Change = { actor: Actor; signal: AbortSignal };

/** Where pipelines go on from, wherever it is kept: with the rows in the destination, or beside the store. */
export class PipelineStates {
  readonly #store: Store;
  readonly #ownStates: StateStore;

  constructor(store: Store, ownStates: StateStore) {
    this.#store = store;
    this.#ownStates = ownStates;
  }

  /** Resolves to the newest state of each stream. */
  async get(id: string, signal: AbortSignal): Promise<ShownState[]> {
    return (await (await this.#placeOf(id, signal)).get(id)).map(shown);
  }

  /** Resolves to the states of the past, the oldest first; how many are kept is up to where they are. */
  async history(id: string, signal: AbortSignal): Promise<ShownState[]> {
    return (await (await this.#placeOf(id, signal)).history(id)).map(shown);
  }

  /** Resolves to what is different between the states of two instants, the latter of which is now when it is left out. */
  async changes(
    id: string,
    moments: { from: Date; to: Date | undefined },
    signal: AbortSignal,
  ): Promise<StateChange[]> {
    const place = await this.#placeOf(id, signal);
    const [history, now] = [await place.history(id), await place.get(id)];
    return stateChanges({ history: history.map(shown), now: now.map(shown) }, moments);
  }

  /** Replaces all states. Throws while a run goes on, and `config` for what is no state. */
  async set(id: string, lines: readonly string[], by: Change): Promise<ShownState[]> {
    const states = lines.map(givenState);
    const scopes = new Set(states.map(({ state }) => state.stream ?? null));
    if (scopes.size < states.length)
      throw new SluiceError("config", "Of a stream there are two states; give the one to go on from.");
    return this.#replace({ id, states, action: "state.set" }, by);
  }

  /** Forgets the states of these streams, or all, so that they are read anew. Throws for a stream that has none. */
  async reset(id: string, streams: readonly string[] | undefined, by: Change): Promise<ShownState[]> {
    const states = (await (await this.#placeOf(id, by.signal)).get(id)).map(stateLineOf);
    const missing = streams?.find((name) => !states.some(({ state }) => state.stream === name));
    if (missing !== undefined) throw new StoreConflict("not_found", `There is no state of the stream "${missing}".`);
    const kept = states.filter(({ state }) => streams !== undefined && !streams.includes(state.stream ?? ""));
    return this.#replace({ id, states: kept, action: "state.reset" }, by);
  }

  async #placeOf(id: string, signal: AbortSignal): Promise<StateStore> {
    return (await openStore(await openStored(this.#store, this.#ownStates, id), { signal })).store;
  }

  async #replace(
    { id, states, action }: { id: string; states: StateLine[]; action: string },
    { actor, signal }: Change,
  ): Promise<ShownState[]> {
    const place = await this.#placeOf(id, signal);
    const { items: running } = await this.#store.runs.list(
      { pipelineId: id, status: "running" },
      { after: undefined, limit: 1 },
    );
    // one that begins right now is fenced: what it has from the states of before, it cannot commit
    if (running[0] !== undefined)
      throw new StoreConflict("in_use", `The run ${running[0].id} goes on; cancel it, or wait for its end.`);
    await place.set(id, states);
    const detail = { streams: states.map(({ state }) => state.stream ?? null) };
    await audit(this.#store.database.pool, actor, { action, target: id, detail });
    return states.map(({ line }) => shown(line.toString()));
  }
}

function shown(line: string): ShownState {
  return { stream: stateLineOf(line).state.stream ?? null, line };
}
