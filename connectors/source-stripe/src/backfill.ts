import { SluiceError } from "@sluice/protocol";
import { RECORD_LINE_TAIL, recordLineHead, type SourceOutput } from "@sluice/protocol/stdio";
import type { StripeStream } from "@sluice/stripe-catalog";
import { StripeApiError } from "./api-error.ts";
import type { StampedPage, StripeClient } from "./stripe-client.ts";
import type { StreamState } from "./stream-state.ts";

const PAGE_SIZE = 100;
/** So often in a row may the object behind which a page begins be gone. */
const MAX_RESTARTS = 20;

type Listing = Extract<StreamState, { phase: "listing" }>;
/** What the list is read behind: nothing at the start, or an object, or a time when that object is gone. */
type Position = Partial<Pick<Listing, "cursor" | "cursor_created" | "created_lte">>;

/**
 * Yields everything that a stream lists, newest first, with a state after each page; a listing that a state left off
 * goes on behind its last object, a completed one begins anew.
 * Ends with `complete`, or with `skipped` or `failure` for what concerns this stream alone; throws what concerns all.
 */
export async function* backfill(client: StripeClient, stream: StripeStream, state: StreamState | undefined): AsyncGenerator<SourceOutput> {
  try {
    yield* pages(client, stream, state?.phase === "listing" ? state : {});
    yield { type: "state", stream: stream.name, data: { format: 1, phase: "complete" } satisfies StreamState };
    yield { type: "complete", stream: stream.name };
  } catch (error) {
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
    let page: StampedPage;
    try {
      page = await client.list(stream.path, query(stream, position), framing(stream));
    } catch (error) {
      if (!(error instanceof StripeApiError) || error.reaction !== "cursor_gone" || restarts >= MAX_RESTARTS) throw error;
      restarts += 1;
      position = withoutCursor(position);
      continue;
    }
    restarts = 0;
    const { items, lines, hasMore } = page;
    const last = items.at(-1);
    if (last === undefined) return;
    yield { type: "lines", stream: stream.name, count: items.length, bytes: lines };
    if (!hasMore) return;
    if (last.id === position.cursor) throw notAdvancing(stream, last.id);
    const listing = { ...position, cursor: last.id, cursor_created: last.created ?? null };
    position = listing;
    yield { type: "state", stream: stream.name, data: { format: 1, phase: "listing", ...listing } satisfies StreamState };
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

/** Goes on by time where the list can be cut by it, at the whole second again; else from the start. Rows repeat, none is missed. */
function withoutCursor({ cursor_created: created, created_lte: createdLte }: Position): Position {
  const from = created ?? createdLte;
  return from === undefined || from === null ? {} : { created_lte: from };
}

/** A row is as of the second before the last answer that was complete when its page was asked for: a later event wins. */
function framing(stream: StripeStream): Parameters<StripeClient["list"]>[2] {
  return {
    createdField: stream.created_field ?? "",
    tail: Buffer.from(RECORD_LINE_TAIL),
    head: (asOf) =>
      Buffer.from(recordLineHead({ stream: stream.name, version: (asOf - 1) * 1_000_000, emittedAt: new Date().toISOString() })),
  };
}

function notAdvancing(stream: StripeStream, id: string): SluiceError {
  return new SluiceError("data", `The list ${stream.path} gave the object ${id} behind itself; nothing of the stream "${stream.name}" is taken as complete. Run it again, and report it if it stays.`);
}
