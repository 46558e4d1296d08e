import type { SourceOutput } from "@sluice/protocol/stdio";
import type { Owner } from "../account.ts";
import type { GlobalState } from "../global-state.ts";
import type { InputsTold } from "../live/inputs.ts";
import type { StreamState } from "../stream-state.ts";
import { listVersion } from "../versions.ts";
import { Places } from "./places.ts";
import {
  type EventPlace,
  parseEventPlaces,
  parseStreamPlaces,
  storedEvents,
  storedStream,
  type StreamPlace,
} from "./stored-state.ts";

/** A state costs a fraction of the records that it stands for: so many bytes of these to one of its own. */
const RECORD_BYTES_A_STATE_BYTE = 10;
/** What an account and a place take in a state, roughly. */
const ACCOUNT_BYTES = 24;
const PLACE_BYTES = 400;

type Given = { owner: Owner; streams: readonly { name: string; state: unknown }[]; globalState: unknown };
type StreamPlaces = {
  places: Places<StreamPlace>;
  /** Whether the state that was printed last says something else. */
  isNew: boolean;
  /** Whether an account's place among the events is in no printed state: records of it would have none. */
  isUnplaced: boolean;
  bytesSince: number;
  bytesOfLast: number;
};

/** The states of a read of several accounts: what each account's own states say, put together. */
export class AccountsState {
  readonly #owner: Owner;
  readonly #streams: ReadonlyMap<string, StreamPlaces>;
  readonly #events = new Places<EventPlace>();
  #areEventsNew = false;
  #inputsThrough: number | undefined;

  /** Throws `config` for a state that is not ours, or of another platform. */
  constructor({ owner, streams, globalState }: Given) {
    this.#owner = owner;
    this.#streams = new Map(
      streams.map(({ name, state }) => {
        const places = new Places<StreamPlace>();
        for (const { accounts, place } of parseStreamPlaces(name, state, owner))
          for (const account of accounts) places.set(account, place);
        return [name, { places, isNew: false, isUnplaced: false, bytesSince: 0, bytesOfLast: 0 }];
      }),
    );
    for (const { accounts, place } of parseEventPlaces(globalState, owner))
      for (const account of accounts) this.#events.set(account, place);
  }

  /** The accounts that some state tells of. */
  get accounts(): ReadonlySet<string> {
    return new Set([...this.#streams.values()].flatMap(({ places }) => [...places.accounts]));
  }

  /** Yields an account's own state of a stream; undefined for one that was never begun. */
  ofStream(stream: string, account: string): StreamState | undefined {
    const place = this.#of(stream).places.get(account);
    return place === undefined ? undefined : { format: 2, account, mode: this.#owner.mode, ...place };
  }

  /** Tells whether something may be gone from a stream, in any account, of which no event told. */
  isUnsure(stream: string): boolean {
    return this.#of(stream).places.all.some(({ place }) => place.unsure);
  }

  /** Tells whether no listing of a stream is under way in any account. */
  isListed(stream: string): boolean {
    return this.#of(stream).places.all.every(({ place }) => place.listing === null);
  }

  /** Yields how far an account's events were read. */
  ofEvents(account: string): GlobalState | undefined {
    const place = this.#events.get(account);
    return place === undefined ? undefined : { format: 2, account, mode: this.#owner.mode, ...place };
  }

  /** Takes an account's own state of a stream. */
  takeStream(stream: string, account: string, { format: _, account: _id, mode: _mode, ...place }: StreamState): void {
    const known = this.#of(stream);
    const before = known.places.get(account);
    if (!known.places.set(account, place)) return;
    known.isNew = true;
    known.isUnplaced ||= before?.events_from !== place.events_from;
  }

  /** Takes how far an account's events were read. */
  takeEvents(account: string, { format: _, account: _id, mode: _mode, ...place }: GlobalState): void {
    const at_cursor = place.at_cursor.toSorted();
    if (this.#events.set(account, { ...place, at_cursor })) this.#areEventsNew = true;
  }

  /** Yields the state that has to be printed before records of a stream. */
  *beforeRecords(stream: string): Generator<SourceOutput> {
    if (this.#of(stream).isUnplaced) yield this.#streamState(stream);
  }

  /** Yields the state of a stream once its size is worth it, behind so many more bytes of records. */
  *behindRecords(stream: string, bytes: number): Generator<SourceOutput> {
    const known = this.#of(stream);
    known.bytesSince += bytes;
    const isWorthIt = known.bytesSince >= known.bytesOfLast * RECORD_BYTES_A_STATE_BYTE;
    if (known.isNew && isWorthIt) yield this.#streamState(stream);
  }

  /**
   * Yields all states that say something new: those of streams first, for the global one relies on them. It says also what
   * there is to tell of pushed inputs.
   */
  *news(inputs: InputsTold = {}): Generator<SourceOutput> {
    for (const [stream, { isNew }] of this.#streams) if (isNew) yield this.#streamState(stream);
    const { inputsThrough } = inputs;
    if (!this.#areEventsNew && inputsThrough === this.#inputsThrough) return;
    this.#areEventsNew = false;
    this.#inputsThrough = inputsThrough;
    const data = storedEvents(this.#owner, this.#events.all);
    yield { type: "state", data, ...inputs };
  }

  /**
   * Yields the version below which rows of a stream are gone: that of the account whose last full listing is the oldest,
   * for a destination sweeps the rows of all. Undefined while some account was never listed in full.
   */
  sweepVersion(stream: string): number | undefined {
    const seconds = this.#of(stream).places.all.map(({ place }) => place.swept_at ?? Number.NEGATIVE_INFINITY);
    const oldest = Math.min(...seconds);
    return Number.isFinite(oldest) ? listVersion(oldest) : undefined;
  }

  #streamState(stream: string): SourceOutput {
    const known = this.#of(stream);
    const places = known.places.all;
    known.isNew = false;
    known.isUnplaced = false;
    known.bytesSince = 0;
    known.bytesOfLast = known.places.size * ACCOUNT_BYTES + places.length * PLACE_BYTES;
    return { type: "state", stream, data: storedStream(this.#owner, places) };
  }

  #of(stream: string): StreamPlaces {
    const known = this.#streams.get(stream);
    if (known === undefined) throw new RangeError(`The stream ${stream} is not read.`);
    return known;
  }
}
