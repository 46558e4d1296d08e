import { createHash } from "node:crypto";
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
type By = { actor: Actor; signal: AbortSignal };

/** The newest state of each stream, and a version that no other ones have. */
export type NewestStates = { version: string; states: ShownState[] };

type Replacement = {
  id: string;
  /** Of the states that the change was made from; undefined for whatever is there. */
  version: string | undefined;
  action: "state.set" | "state.reset";
  /** Yields all states as they are to be, from the newest ones. */
  change: (newest: readonly StateLine[]) => StateLine[];
};

/** Where pipelines go on from, wherever it is kept: with the rows in the destination, or beside the store. */
export class PipelineStates {
  readonly #store: Store;
  readonly #ownStates: StateStore;

  constructor(store: Store, ownStates: StateStore) {
    this.#store = store;
    this.#ownStates = ownStates;
  }

  /** Resolves to the newest state of each stream. */
  async get(id: string, signal: AbortSignal): Promise<NewestStates> {
    const lines = await (await this.#placeOf(id, signal)).get(id);
    return { version: versionOfLines(lines), states: lines.map(shown) };
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

  /** Replaces all states. Throws while a run goes on, when they are of another version, and `config` for what is no state. */
  async set(
    id: string,
    { lines, version }: { lines: readonly string[]; version: string | undefined },
    by: By,
  ): Promise<ShownState[]> {
    const states = lines.map(givenState);
    const scopes = new Set(states.map(({ state }) => state.stream ?? null));
    if (scopes.size < states.length)
      throw new SluiceError("config", "Of a stream there are two states; give the one to go on from.");
    return this.#replace({ id, version, action: "state.set", change: () => states }, by);
  }

  /** Forgets the states of these streams, or all, so that they are read anew. Throws as `set` does, and for a stream that has none. */
  async reset(
    id: string,
    { streams, version }: { streams: readonly string[] | undefined; version: string | undefined },
    by: By,
  ): Promise<ShownState[]> {
    const change = (newest: readonly StateLine[]) => {
      const missing = streams?.find((name) => !newest.some(({ state }) => state.stream === name));
      if (missing !== undefined) throw new StoreConflict("not_found", `There is no state of the stream "${missing}".`);
      return newest.filter(({ state }) => streams !== undefined && !streams.includes(state.stream ?? ""));
    };
    return this.#replace({ id, version, action: "state.reset", change }, by);
  }

  async #placeOf(id: string, signal: AbortSignal): Promise<StateStore> {
    return (await openStore(await openStored(this.#store, this.#ownStates, id), { signal })).store;
  }

  async #replace({ id, version, action, change }: Replacement, { actor, signal }: By): Promise<ShownState[]> {
    await this.#assertIdle(id);
    const place = await this.#placeOf(id, signal);
    const lines = await place.get(id);
    if (version !== undefined && versionOfLines(lines) !== version)
      throw new StoreConflict("changed", "The states have moved on; load them again, and make the change from those.");
    const states = change(lines.map(stateLineOf));
    // what a run commits while the states are looked at would be lost
    await this.#assertIdle(id);
    // one that begins right now is fenced: what it has from the states of before, it cannot commit
    await place.set(id, states);
    const detail = { streams: states.map(({ state }) => state.stream ?? null) };
    await audit(this.#store.database.pool, actor, { action, target: id, detail });
    return states.map(({ line }) => shown(line.toString()));
  }

  async #assertIdle(id: string): Promise<void> {
    const { items: running } = await this.#store.runs.list(
      { pipelineId: id, status: "running" },
      { after: undefined, limit: 1 },
    );
    if (running[0] !== undefined)
      throw new StoreConflict("in_use", `The run ${running[0].id} goes on; cancel it, or wait for its end.`);
  }
}

/** The same for the same lines, in whatever order they come. */
function versionOfLines(lines: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(lines.toSorted())).digest("base64url");
}

function shown(line: string): ShownState {
  return { stream: stateLineOf(line).state.stream ?? null, line };
}
