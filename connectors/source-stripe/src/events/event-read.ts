import { SluiceError } from "@sluice/protocol";
import type { SourceOutput } from "@sluice/protocol/stdio";
import type { Owner } from "../account.ts";
import type { Config } from "../config.ts";
import type { GlobalState } from "../global-state.ts";
import { MalformedPage } from "../page.ts";
import type { Slots } from "../slots.ts";
import type { StreamRun } from "../stream-run.ts";
import type { StripeClient } from "../stripe-client.ts";
import { outcomeOf, type ObjectEvent, type Outcome } from "./change.ts";
import { eventObject } from "./event-object.ts";
import { EventPlaces } from "./event-places.ts";
import { EventTarget } from "./event-target.ts";
import { readWindow } from "./event-window.ts";
import type { StripeEvent } from "./event.ts";
import { recordLine, refetch } from "./refetch.ts";

export type EventTask = {
  client: StripeClient;
  slots: Slots;
  config: Config;
  owner: Owner;
  globalState: GlobalState | undefined;
};

/**
 * Yields what happened to the objects of streams since their places, oldest first, up to the newest second that is
 * over, and a global state behind each part. A stream that fails is left behind, and the others go on.
 */
export async function* readEvents(task: EventTask, runs: readonly StreamRun[]): AsyncGenerator<SourceOutput> {
  const { client, config, globalState } = task;
  const lookbackSeconds = config.events.lookback_seconds;
  const targets = runs.map((run) => new EventTarget(run, { globalState, lookbackSeconds }));
  const until = client.serverSeconds;
  const places = new EventPlaces({ ...task, targets });
  let from = Math.min(...targets.map((target) => target.from), until);
  let length = Number.POSITIVE_INFINITY;
  if (from === until) yield { type: "state", data: places.stateAt(until, []) };
  while (from < until && targets.some(({ run }) => !run.hasEnded)) {
    const active = targets.filter(({ run }) => !run.hasEnded);
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
    for (const target of reached) yield* targetOutputs(task, target, result.events);
    yield { type: "state", data: places.stateAt(to, result.events) };
    // a quiet time is crossed in longer and longer steps
    length *= 2;
    from = to;
  }
}

/** Yields what a window's events mean for one stream; an error that concerns it alone ends it. */
async function* targetOutputs(
  task: EventTask,
  target: EventTarget,
  events: readonly StripeEvent[],
): AsyncGenerator<SourceOutput> {
  const { stream } = target.run.plan;
  try {
    const wanted = events.filter((event) => target.wants(event));
    const byId = Map.groupBy(objectEvents(task, target, wanted), ({ object }) => object.id);
    const outcomes = [...byId].map(([id, each]) => ({ id, outcome: outcomeOf(each, task.config.events.hydrate) }));
    for (const { outcome } of outcomes)
      for (const { op, version, object } of outcome.changes)
        yield recordLine(stream.name, { op, version, data: object.bytes });
    const fetches = outcomes.flatMap(({ id, outcome }) => fetchOf(task, target, { id, outcome }));
    for (const fetched of fetches) yield await fetched;
  } catch (error) {
    const end = target.run.ended(error);
    if (end !== undefined) yield end;
  }
}

function fetchOf(
  { client, slots }: EventTask,
  { run }: EventTarget,
  { id, outcome }: { id: string; outcome: Outcome },
) {
  const { refetchSecond: second } = outcome;
  if (second === undefined) return [];
  const fetched = slots.run(() => refetch(client, run.plan.stream, { id, second }));
  // awaited in its turn, unless another one failed first
  fetched.catch(() => {});
  return [fetched];
}

/** Yields the events with their objects, but for those of objects that do not belong to the stream. */
function objectEvents({ config }: EventTask, target: EventTarget, events: readonly StripeEvent[]): ObjectEvent[] {
  const { stream, created } = target.run.plan;
  return events.flatMap((event) => {
    const object = objectOf(event, stream.created_field);
    const isOutside =
      object.created !== undefined &&
      (object.created < (created.gte ?? 0) || object.created >= (created.lt ?? Number.POSITIVE_INFINITY));
    if (isOutside) return [];
    const isUsable = event.apiVersion === config.api_version && !object.isCut;
    const facts = { isDelete: target.isDelete(event), isLate: target.isLate(event), isUsable };
    return [{ created: event.created, object, ...facts }];
  });
}

function objectOf(event: StripeEvent, createdField: string | null) {
  try {
    return eventObject(event.object, createdField);
  } catch (error) {
    if (!(error instanceof MalformedPage)) throw error;
    const message = `The object of the event ${event.id} (${event.type}) has no id, so it cannot be stored; report it.`;
    throw new SluiceError("data", message, { cause: error });
  }
}
