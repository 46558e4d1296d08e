import { SluiceError } from "@sluice/protocol";
import { z } from "zod";
import { assertSameOwner, Owner } from "../account.ts";
import { GlobalState } from "../global-state.ts";
import { notOurs, StreamState } from "../stream-state.ts";

const accountIds = z.array(z.string());
const StreamPlace = StreamState.omit({ format: true, account: true, mode: true });
const EventPlace = GlobalState.omit({ format: true, account: true, mode: true });
/** Where a stream of one account stands, and how far that account's events were read. */
export type StreamPlace = Readonly<z.infer<typeof StreamPlace>>;
export type EventPlace = Readonly<z.infer<typeof EventPlace>>;

/** Where the read of a stream of several accounts stands; the owner is the platform. */
const StoredStream = z.strictObject({
  format: z.literal(3),
  ...Owner,
  places: z.array(z.strictObject({ accounts: accountIds, place: StreamPlace })),
});
/** How far the events of several accounts were read. */
const StoredEvents = z.strictObject({
  format: z.literal(3),
  ...Owner,
  /** Sets of streams, which places name by their number, for most accounts have the same. */
  stream_sets: z.array(z.array(z.string())),
  places: z.array(
    z.strictObject({ accounts: accountIds, place: EventPlace.extend({ at_cursor: z.int().nonnegative() }) }),
  ),
});

type Places<T> = { accounts: string[]; place: T }[];

/** Yields the places of a stored stream state; throws `config` for one that is not ours or of another platform. */
export function parseStreamPlaces(stream: string, data: unknown, owner: Owner): Places<StreamPlace> {
  if (data === undefined) return [];
  const what = `The state of the stream "${stream}"`;
  const result = StoredStream.safeParse(data);
  if (!result.success) throw notOfAccounts(what, data);
  assertSameOwner(what, result.data, owner);
  return result.data.places;
}

/** Yields the places of a stored global state; throws as `parseStreamPlaces` does. */
export function parseEventPlaces(data: unknown, owner: Owner): Places<EventPlace> {
  if (data === undefined) return [];
  const result = StoredEvents.safeParse(data);
  if (!result.success) throw notOfAccounts("The global state", data);
  assertSameOwner("The global state", result.data, owner);
  const { stream_sets: sets, places } = result.data;
  return places.map(({ accounts, place }) => ({
    accounts,
    place: { ...place, at_cursor: sets[place.at_cursor] ?? [] },
  }));
}

/** Yields a stream state that says the places. */
export function storedStream(owner: Owner, places: Places<StreamPlace>): unknown {
  return { format: 3, ...owner, places } satisfies z.infer<typeof StoredStream>;
}

/** Yields a global state that says the places. */
export function storedEvents(owner: Owner, places: Places<EventPlace>): unknown {
  const sets = new Map<string, number>();
  const numberOf = (streams: readonly string[]) => {
    const key = JSON.stringify(streams);
    if (!sets.has(key)) sets.set(key, sets.size);
    return sets.get(key) ?? 0;
  };
  const numbered = places.map(({ accounts, place }) => ({
    accounts,
    place: { ...place, at_cursor: numberOf(place.at_cursor) },
  }));
  const stream_sets = [...sets.keys()].map((key) => z.array(z.string()).parse(JSON.parse(key)));
  return { format: 3, ...owner, stream_sets, places: numbered } satisfies z.infer<typeof StoredEvents>;
}

function notOfAccounts(what: string, data: unknown): SluiceError {
  const isOfOne = z.looseObject({ format: z.union([z.literal(1), z.literal(2)]) }).safeParse(data).success;
  if (!isOfOne) return notOurs(what, "remove it to read all accounts from the beginning");
  return new SluiceError(
    "config",
    `${what} was written without account_ids, and rows of several accounts have another key; use another pipeline and other tables for them.`,
  );
}
