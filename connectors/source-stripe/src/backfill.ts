import { SluiceError } from "@sluice/protocol";
import { RECORD_LINE_TAIL, recordLineHead, type SourceOutput } from "@sluice/protocol/stdio";
import type { StripeStream } from "@sluice/stripe-catalog";
import { StripeApiError } from "./api-error.ts";
import type { StampedPage, StripeClient } from "./stripe-client.ts";
import type { StreamState } from "./stream-state.ts";

const PAGE_SIZE = 100;
/** So often may a list be begun again without coming any further. */
const MAX_RESTARTS = 20;

type Listing = Extract<StreamState, { phase: "listing" }>;
/** What the list is read behind: nothing at the start, or an object, or a time when that object is gone. */
type Position = Partial<Pick<Listing, "cursor" | "cursor_created" | "created_lte">>;

/**
 * Yields everything that a stream lists, newest first, with a state after each page; a listing that a state left off
 * goes on behind its last object, a completed one begins anew.
 * Ends with `complete`, with `skipped` or `failure` for what concerns this stream alone, or with none of them when the
 * read is stopped; throws what concerns all.
 */
export async function* backfill(
  client: StripeClient,
  stream: StripeStream,
  state: StreamState | undefined,
): AsyncGenerator<SourceOutput> {
  try {
    yield* pages(client, stream, state?.phase === "listing" ? state : {});
    yield { type: "state", stream: stream.name, data: { format: 1, phase: "complete" } satisfies StreamState };
    yield { type: "complete", stream: stream.name };
  } catch (error) {
    // what was sent has its state
    if (client.isStopping) return;
    if (!(error instanceof SluiceError)) throw error;
    if (error instanceof StripeApiError && error.reaction === "fatal") throw error;
    if (error instanceof StripeApiError && error.reaction === "skip") {
      yield { type: "skipped", stream: stream.name, reason: error.message };
    } else {
      yield { type: "failure", stream: stream.name, error };
    }
  }
}

async function* pages(client: StripeClient, stream: StripeStream, start: Position): AsyncGenerator<SourceOutput> {
  let position = start;
  let restarts = 0;
  for (;;) {
    const page = await pageAt(client, stream, position);
    const last = page?.items.at(-1);
    if (page === undefined || last === undefined) {
      if (position.cursor === undefined) return;
      if (restarts >= MAX_RESTARTS)
        throw lostPlace(stream, `the object ${position.cursor} and others before it vanished`);
      restarts += 1;
      position = withoutCursor(position);
      continue;
    }
    if (last.created !== undefined && last.created < (position.created_lte ?? 0)) restarts = 0;
    yield { type: "lines", stream: stream.name, count: page.items.length, bytes: page.lines };
    if (!page.hasMore) return;
    if (last.id === position.cursor) throw lostPlace(stream, `the object ${last.id} was given behind itself`);
    const listing = { ...position, cursor: last.id, cursor_created: last.created ?? null };
    position = listing;
    yield {
      type: "state",
      stream: stream.name,
      data: { format: 1, phase: "listing", ...listing } satisfies StreamState,
    };
  }
}

/** Resolves to a page, or to undefined when the object that it would begin behind is gone. */
async function pageAt(
  client: StripeClient,
  stream: StripeStream,
  position: Position,
): Promise<StampedPage | undefined> {
  try {
    return await client.list(stream.path, query(stream, position), framing(stream));
  } catch (error) {
    if (error instanceof StripeApiError && error.reaction === "cursor_gone" && position.cursor !== undefined)
      return undefined;
    throw error;
  }
}

function query(stream: StripeStream, { cursor, created_lte: createdLte }: Position): Record<string, string | number> {
  return {
    ...stream.list_params,
    ...(stream.paged ? { limit: PAGE_SIZE } : {}),
    ...(cursor === undefined ? {} : { starting_after: cursor }),
    ...(createdLte === undefined ? {} : { "created[lte]": createdLte }),
  };
}

/** Goes on by time where the list can be cut by it, in the same second again, else from the start: rows repeat, none is missed. */
function withoutCursor({ cursor_created: created, created_lte: createdLte }: Position): Position {
  const from = created ?? createdLte;
  return from === undefined || from === null ? {} : { created_lte: from };
}

/** A row is as of the second before the last answer that was complete when its page was asked for: a later event wins. */
function framing(stream: StripeStream): Parameters<StripeClient["list"]>[2] {
  return {
    createdField: stream.created_field,
    tail: Buffer.from(RECORD_LINE_TAIL),
    head: (asOf) =>
      Buffer.from(
        recordLineHead({ stream: stream.name, version: (asOf - 1) * 1_000_000, emittedAt: new Date().toISOString() }),
      ),
  };
}

function lostPlace(stream: StripeStream, why: string): SluiceError {
  const message = `The list ${stream.path} cannot be followed to its end: ${why}; the stream "${stream.name}" is not complete. Run it again, and report it if it stays.`;
  return new SluiceError("data", message);
}
