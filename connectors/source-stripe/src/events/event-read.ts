import { SluiceError } from "@sluice/protocol";
import type { SourceOutput } from "@sluice/protocol/stdio";
import type { EventType } from "@sluice/stripe-catalog";
import type { Owner } from "../account.ts";
import type { Config } from "../config.ts";
import type { GlobalState } from "../global-state.ts";
import { MalformedPage } from "../malformed-page.ts";
import type { Carried, Shape, ToldRows } from "../shape/shape.ts";
import type { SentEvents } from "../live/sent-events.ts";
import type { Slots } from "../slots.ts";
import type { StreamRun } from "../stream-run.ts";
import { wasCreatedIn } from "../stream-state.ts";
import type { StripeClient } from "../stripe-client.ts";
import { outcomeOf, type ObjectEvent } from "./change.ts";
import { EventPlaces } from "./event-places.ts";
import { EventTarget } from "./event-target.ts";
import { readWindow } from "./event-window.ts";
import type { StripeEvent } from "./event.ts";
import type { ShortLookback } from "./memory.ts";

export type EventTask = {
  client: StripeClient;
  slots: Slots;
  config: Config;
  owner: Owner;
  globalState: GlobalState | undefined;
  eventTypes: readonly EventType[];
  shortLookback: ShortLookback;
  /** Up to which second events are read; up to the newest that is over when absent. */
  until?: number | undefined;
  /** How far behind its place each stream looks for late events; as the configuration says when absent. */
  lookbackSeconds?: number;
  /** Present in a live read: what was sent because it was pushed. */
  sent?: SentEvents;
  /** Present in a live read, which tries a stream that failed another time instead of ending it. Throws what concerns all. */
  onFailure?: (run: StreamRun, error: unknown) => void;
};

/**
 * Yields what happened to the objects of streams since their places, oldest first, up to the newest second that is
 * over, and a global state behind each part. A stream that fails is left behind, and the others go on.
 */
export async function* readEvents(task: EventTask, runs: readonly StreamRun[]): AsyncGenerator<SourceOutput> {
  const { client, config } = task;
  const { lookbackSeconds = config.events.lookback_seconds, until = client.serverSeconds } = task;
  const targets = runs.map((run) => new EventTarget(run, { ...task, lookbackSeconds }));
  const places = new EventPlaces({ ...task, targets, until });
  let from = Math.min(...targets.map((target) => target.from), until);
  let length = Number.POSITIVE_INFINITY;
  if (from === until) yield { type: "state", data: places.stateAt(until, []) };
  while (from < until && targets.some(({ isOver }) => !isOver)) {
    const active = targets.filter(({ isOver }) => !isOver);
    const reached = active.filter((target) => target.from <= from);
    const nextFrom = Math.min(until, ...active.map((target) => target.from).filter((each) => each > from));
    const to = Math.min(nextFrom, from + length);
    const types = new Set(reached.flatMap((target) => [...target.types]));
    const result =
      types.size === 0 ? { events: [] } : await task.slots.run(() => readWindow(client, { from, to, types }));
    if ("seconds" in result) {
      length = result.seconds;
      continue;
    }
    for (const target of reached) {
      const wanted = result.events.filter((event) => target.wants(event));
      yield* targetOutputs(task, target, wanted);
    }
    // before the events are behind the places of all
    for (const { run } of reached) yield* run.changedState();
    yield { type: "state", data: places.stateAt(to, result.events) };
    // a quiet time is crossed in longer and longer steps
    length *= 2;
    from = to;
  }
}

/** Yields what events of a stream mean for it, oldest first; an error that concerns it alone ends it, or leaves it behind. */
async function* targetOutputs(
  task: EventTask,
  target: EventTarget,
  events: readonly StripeEvent[],
): AsyncGenerator<SourceOutput> {
  const { name: stream, shape, plan } = target.run;
  const told = ({ isUnsure, count, bytes }: ToldRows): SourceOutput[] => {
    if (isUnsure === true) target.run.noteUnsure();
    return count === 0 ? [] : [{ type: "lines", stream, count, bytes }];
  };
  try {
    const own = objectEvents(task, target, events);
    const outcomes = [...Map.groupBy(own, ({ carried }) => carried.object.id)].map(([id, each]) => {
      const formerIds = each.flatMap(({ carried }) => carried.formerIds);
      const hadMore = each.some(({ carried }) => carried.hadMore);
      return { id, formerIds, hadMore, ...outcomeOf(each, task.config.events.hydrate) };
    });
    for (const { standsFor, created, isDelete, carried } of outcomes.flatMap(({ clear }) => clear)) {
      if (standsFor.every((id) => task.sent?.has(stream, id) === true)) continue;
      yield* told(isDelete ? shape.removed(carried, created) : shape.snapshot(carried, created));
    }
    const fetches = outcomes.flatMap(({ id, formerIds, hadMore, refetchSecond: second }) => {
      if (second === undefined) return [];
      const fetched = task.slots.run(() => shape.refetched(id, { second, formerIds, hadMore, created: plan.created }));
      // awaited in its turn, unless another one failed first
      fetched.catch(() => {});
      return [fetched];
    });
    for (const fetched of fetches) yield* told(await fetched);
  } catch (error) {
    if (task.onFailure === undefined) {
      const end = target.run.ended(error);
      if (end !== undefined) yield end;
      return;
    }
    // a live read that is being stopped leaves the events to the next one
    if (task.client.isStopping) throw error;
    target.leave();
    task.onFailure(target.run, error);
  }
}

/** Yields what pushed events mean to those streams that have them from no poll and no list; late ones have their objects fetched. */
export async function* pushedOutputs(
  task: EventTask,
  targets: readonly EventTarget[],
  events: readonly StripeEvent[],
): AsyncGenerator<SourceOutput> {
  const oldestFirst = events.toSorted((one, other) => one.created - other.created);
  for (const target of targets) {
    const wanted = oldestFirst.filter((event) => target.wantsPushed(event));
    if (!target.isOver && wanted.length > 0) yield* targetOutputs(task, target, wanted);
  }
}

/** Yields what events of a stream say of objects, but for those outside its span of time. */
export function objectEvents(
  { config }: Pick<EventTask, "config">,
  target: EventTarget,
  events: readonly StripeEvent[],
): ObjectEvent[] {
  const { shape, plan } = target.run;
  return events.flatMap((event) => {
    const carried = carriedBy(event, shape);
    if (!wasCreatedIn(plan.created, carried.object.created)) return [];
    const isUsable = event.apiVersion === config.api_version && carried.isUsable;
    const facts = { isDelete: target.isDelete(event, carried), isLate: target.isLate(event), isUsable };
    return [{ id: event.id, created: event.created, carried, ...facts }];
  });
}

function carriedBy(event: StripeEvent, shape: Shape): Carried {
  try {
    return shape.carried(event);
  } catch (error) {
    if (!(error instanceof MalformedPage)) throw error;
    const message = `The object of the event ${event.id} (${event.type}) has no id, so it cannot be stored; report it.`;
    throw new SluiceError("data", message, { cause: error });
  }
}
