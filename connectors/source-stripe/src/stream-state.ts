import { SluiceError } from "@sluice/protocol";
import { log } from "@sluice/protocol/stdio";
import { z } from "zod";
import { assertSameOwner, Owner } from "./account.ts";
import { Range } from "./range.ts";

const Seconds = z.int().describe("Unix seconds of the server's clock.");

/** A listing that is under way. */
const Listing = z.strictObject({
  /** Whether it goes through the whole list, or only through what was created lately. */
  full: z.boolean(),
  /** What it shows had happened before this second; rows that it does not show are gone since then. */
  began_at: Seconds,
  /** Whether it tells what is gone; a listing of a part does not. */
  sweeps: z.boolean(),
  /** What is still to be listed. */
  ranges: z.array(Range),
  /** Records that it has sent, where only so many are wanted. */
  sent: z.int().nonnegative().optional(),
});

/** When objects were created: from `gte` on, and before `lt`; null where there is no bound. */
const Span = z.strictObject({ gte: Seconds.nullable(), lt: Seconds.nullable() });
export type Span = Readonly<z.infer<typeof Span>>;
const ALWAYS: Span = { gte: null, lt: null };

/** Where the read of a stream stands; `format` grows when the meaning changes. */
export const StreamState = z.strictObject({
  format: z.literal(2),
  ...Owner,
  /** Objects that were created in this span are in the records, and kept current. */
  created: Span.default(ALWAYS),
  /** Every event before this second is in the records, unless the global state knows better; null without events. */
  events_from: Seconds.nullable(),
  /** When the last full listing began that came to its end. */
  listed_at: Seconds.nullable(),
  /** What was created before this second has been listed. */
  created_through: Seconds.nullable(),
  listing: Listing.nullable(),
  /**
   * When the last listing began that told what is gone. It is told again at each end of the stream: a read may be
   * killed between its last state and its end.
   */
  swept_at: Seconds.nullable(),
  /** Whether something may be gone of which no event told, so that a full listing is due. */
  unsure: z.boolean(),
});
export type StreamState = Readonly<z.infer<typeof StreamState>>;
export type Listing = Readonly<z.infer<typeof Listing>>;

/** Tells whether all of a span is in another one. */
export function isWithin(span: Span, whole: Span): boolean {
  const beginsWithin = (span.gte ?? -Infinity) >= (whole.gte ?? -Infinity);
  return beginsWithin && (span.lt ?? Infinity) <= (whole.lt ?? Infinity);
}

/** Tells whether what was created at a second is in a span; what does not say when is in all. */
export function wasCreatedIn({ gte, lt }: Span, created: number | undefined): boolean {
  return created === undefined || (created >= (gte ?? -Infinity) && created < (lt ?? Infinity));
}

/** Of the first format the place is of no use, for it had none among the events. */
const FirstFormat = z.looseObject({ format: z.literal(1), phase: z.enum(["listing", "complete"]) });

/**
 * Yields a stored state; throws `config` for one that is not ours or of another account, for a reset would hide what
 * is missing. A state of the first format is undefined: its stream is listed anew, and says so.
 */
export function parseState(stream: string, data: unknown, owner: Owner): StreamState | undefined {
  if (data === undefined) return undefined;
  const result = StreamState.safeParse(data);
  if (result.success) {
    assertSameOwner(`The state of the stream "${stream}"`, result.data, owner);
    return result.data;
  }
  if (FirstFormat.safeParse(data).success) {
    log("warn", `The state of the stream "${stream}" has no place among the events yet; the stream is listed anew.`);
    return undefined;
  }
  assertOfOneAccount(`The state of the stream "${stream}"`, data);
  throw notOurs(`The state of the stream "${stream}"`, "remove it to read the stream from the beginning");
}

/** Throws `config` for a state of a read of several accounts; `what` names the state. */
export function assertOfOneAccount(what: string, data: unknown): void {
  if (!z.looseObject({ format: z.literal(3) }).safeParse(data).success) return;
  throw new SluiceError(
    "config",
    `${what} was written with account_ids, and rows of several accounts have another key; set it again, or use another pipeline and other tables.`,
  );
}

/** Yields the error for a state that this version cannot read. */
export function notOurs(what: string, advice: string): SluiceError {
  return new SluiceError(
    "config",
    `${what} was not written by this version of source-stripe; use the version that wrote it, or ${advice}.`,
  );
}
