import { SluiceError } from "@sluice/protocol";
import type { ReadStream } from "@sluice/protocol/stdio";
import { log } from "@sluice/protocol/stdio";
import type { StripeStream } from "@sluice/stripe-catalog";
import type { Owner } from "../account.ts";
import { durationSeconds, unixSeconds, type Config } from "../config.ts";
import { placeOf, type GlobalState } from "../global-state.ts";
import { wholeRange } from "../range.ts";
import { isWithin, type Listing, type Span, type StreamState } from "../stream-state.ts";
import { canSweep, showsCreation } from "./stream-traits.ts";

const DAY_SECONDS = 86_400;
/** Events are kept for 30 days; what is about to vanish cannot be read to its end any more. */
const EVENTS_REACH_SECONDS = 30 * DAY_SECONDS - 3600;
const RELIST_SECONDS = DAY_SECONDS;

/** One stream of a read: where it stands, and what there is to do. */
export type StreamPlan = {
  stream: StripeStream;
  /** The stream whose list is read for it. */
  lister: StripeStream;
  /** With the listing that is to be read, if any. */
  state: StreamState;
  followsEvents: boolean;
  /** Whether a live read lists it again from time to time. */
  isRelisted: boolean;
  limit: number | undefined;
  /** Whether the listing was begun by an earlier read. */
  resumes: boolean;
  /** Only objects that were created in this span belong to the stream: what was asked for, or more that it has already. */
  created: Span;
  /** Whether it is more. */
  hasMore: boolean;
  /** Whether a full listing tells what is gone. */
  sweeps: boolean;
};
export type PlanContext = {
  lister: StripeStream;
  config: Config;
  owner: Owner;
  /** The server's second at the start, before anything is listed. */
  now: number;
  mayReadEvents: boolean;
  globalState: GlobalState | undefined;
};

/** Yields what a read has to do for a stream, given the state that an earlier read left. */
export function planStream(
  stream: StripeStream,
  configured: ReadStream,
  context: PlanContext & { prior: StreamState | undefined },
): StreamPlan {
  const { config, lister, mayReadEvents, owner, prior } = context;
  const { limit } = configured;
  const isRefresh = configured.sync_mode === "full_refresh";
  refuseTimeRange(lister, configured);
  const asked = createdSpan(lister, configured, config);
  // what a stream has it keeps current: the place among the events is one for all of it
  const isHad = prior !== undefined && isWithin(asked, prior.created);
  const created = isHad && !isRefresh ? prior.created : asked;
  const hasMore = !isWithin(created, asked);
  const isWhole = limit === undefined && created.gte === null && created.lt === null;
  const followsEvents = config.events.mode !== "off" && mayReadEvents && canFollowEvents(stream, configured);
  const sweeps = isWhole && canSweep(stream, lister, owner);
  const isRelisted = configured.sync_mode === "incremental" && limit === undefined;
  const plan = { stream, lister, followsEvents, isRelisted, limit, created, hasMore, sweeps };
  const state = nextState(plan, { ...context, isRefresh });
  const resumes = state.listing !== null && state.listing === prior?.listing;
  return { ...plan, resumes, state };
}

/** Tells whether a stream has events that a read of it as it is configured looks at, where it may. */
export function canFollowEvents(stream: StripeStream, { sync_mode, limit }: ReadStream): boolean {
  return stream.events.length > 0 && sync_mode === "incremental" && limit === undefined;
}

type PlannedStream = Omit<StreamPlan, "state" | "resumes">;
type Situation = PlanContext & { prior: StreamState | undefined; isRefresh: boolean };

function nextState(plan: PlannedStream, situation: Situation): StreamState {
  const { prior, now, owner, isRefresh } = situation;
  const { stream, lister, followsEvents, created, limit } = plan;
  const passes = [{}, ...lister.more_passes];
  const anew: Listing = {
    full: true,
    began_at: now,
    sweeps: plan.sweeps,
    ranges: passes.map((_, pass) => wholeRange(created.gte, created.lt, pass)),
    ...(limit === undefined ? {} : { sent: 0 }),
  };
  // noted also while events cannot be read: once they can, they tell what was deleted meanwhile
  const hasPlace = stream.events.length > 0 && limit === undefined;
  // an event of the second before may be one that the lists show already; one of this second may not
  const events_from = hasPlace ? now - 1 : null;
  if (prior === undefined)
    return {
      format: 2,
      ...owner,
      created,
      events_from,
      listed_at: null,
      created_through: null,
      listing: anew,
      swept_at: null,
      unsure: false,
    };
  // the account is known by now, if it was not when the state was written
  const kept = { ...prior, account: owner.account ?? prior.account, created };
  if (followsEvents && isOutOfReach(stream.name, situation)) return { ...kept, events_from, listing: anew };
  const reached = hasPlace ? kept : { ...kept, events_from: null };
  if (!isSame(created, prior.created)) {
    log("info", `The stream "${stream.name}" is to have another span of time than before; it is listed anew.`);
    return { ...reached, listing: anew };
  }
  if (prior.listing !== null) return reached;
  if (isRefresh || limit !== undefined || isDue(plan, situation)) return { ...reached, listing: anew };
  return { ...reached, listing: newObjects(plan, situation) };
}

function isSame(one: Span, other: Span): boolean {
  return isWithin(one, other) && isWithin(other, one);
}

/** Tells whether the events behind a stream's place are not all kept any more, and says so. */
function isOutOfReach(stream: string, { prior, now, globalState }: Situation): boolean {
  const place = Math.max(prior?.events_from ?? -1, placeOf(stream, globalState) ?? -1);
  if (prior?.events_from === null) {
    log(
      "info",
      `The stream "${stream}" has not followed events so far; it is listed anew, and follows them from now on.`,
    );
    return true;
  }
  if (now - place <= EVENTS_REACH_SECONDS) return false;
  log(
    "warn",
    `The events of the stream "${stream}" since ${new Date(place * 1000).toISOString()} are older than the 30 days that Stripe keeps them; it is listed anew from the beginning.`,
  );
  return true;
}

/** Tells whether a stream whose changes are not all told by events has to be listed again. */
function isDue(plan: PlannedStream, { prior, now, config }: Situation): boolean {
  const { stream, lister, followsEvents } = plan;
  if (prior?.listed_at === null) return true;
  const isUnsure = prior?.unsure === true;
  const isNewSeen = showsCreation(stream) || lister.created_field !== null;
  const missing = stream.relist.filter((reason) => reason !== "no_creation_event" || !isNewSeen);
  // without reasons and without events it is a history: it never changes, and its list forgets
  const isHistory = stream.events.length === 0 && stream.thin_events.length === 0;
  if (!isUnsure && missing.length === 0 && (followsEvents || isHistory)) return false;
  const isNewFound = followsEvents || lister.created_field !== null;
  const interval = config.relist_interval;
  const seconds = interval !== undefined ? durationSeconds(interval) : isNewFound ? RELIST_SECONDS : 0;
  return now - (prior?.listed_at ?? 0) >= seconds;
}

/** Yields the listing of what was created since the last one, where no event tells of it. */
function newObjects(plan: PlannedStream, { prior, now, config }: Situation): Listing | null {
  const { stream, lister, followsEvents, created } = plan;
  if (lister.created_field === null || (followsEvents && showsCreation(stream))) return null;
  const through = prior?.created_through ?? 0;
  // what became visible late is behind what was listed
  const gte = Math.max(created.gte ?? 0, through - config.events.lookback_seconds);
  return { full: false, began_at: now, sweeps: false, ranges: [wholeRange(gte, created.lt)] };
}

/** A span that would be passed over in silence is refused instead. */
function refuseTimeRange(lister: StripeStream, { stream, time_range: range }: ReadStream): void {
  if (range === undefined || lister.created_field !== null) return;
  throw new SluiceError(
    "config",
    `The catalog asks for a time_range of the stream "${stream.name}", but ${lister.path} cannot be cut by time; leave it out.`,
  );
}

function createdSpan(stream: StripeStream, { time_range: range }: ReadStream, { start_date: start }: Config): Span {
  const isCuttable = stream.created_field !== null;
  const bounds = [start === undefined ? undefined : unixSeconds(start), seconds(range?.gte)].filter(
    (bound) => bound !== undefined,
  );
  const gte = isCuttable && bounds.length > 0 ? Math.max(...bounds) : null;
  return { gte, lt: isCuttable ? (seconds(range?.lt) ?? null) : null };
}

function seconds(bound: string | number | undefined): number | undefined {
  return typeof bound === "string" ? unixSeconds(bound) : bound;
}
