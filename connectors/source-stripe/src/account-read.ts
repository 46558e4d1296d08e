import { log, type ReadStream, type SourceOutput } from "@sluice/protocol/stdio";
import type { StripeStream } from "@sluice/stripe-catalog";
import { readEvents, type EventTask } from "./events/event-read.ts";
import type { GlobalState } from "./global-state.ts";
import { interleave } from "./interleave.ts";
import type { LentMemory } from "./lent-memory.ts";
import { planStream, type StreamPlan } from "./listing/plan.ts";
import { shapeOf } from "./shape/shape.ts";
import { StreamRun } from "./stream-run.ts";
import type { StreamState } from "./stream-state.ts";

/** What the data of one account are read with. */
export type AccountTask = Omit<EventTask, "sent" | "lookbackSeconds"> & {
  memory: LentMemory;
  /** Every stream of the API. */
  streams: readonly StripeStream[];
  mayReadEvents: boolean;
  /** The account whose id rows carry; undefined where there is but one. */
  rowAccount: string | undefined;
  isLive: boolean;
  /** The server's second at the start, before anything is listed. */
  now: number;
};
/** A stream that is to be read, and the state that an earlier read left. */
export type WantedStream = { stream: StripeStream; configured: ReadStream; prior: StreamState | undefined };

/** A stream of a read, and how to plan its next listing. */
export type PlannedRun = {
  run: StreamRun;
  planAgain: (as: { now: number; globalState: GlobalState | undefined }) => StreamPlan;
};

/** Yields the streams of a read of one account, each with what there is to do. Throws `config` for what cannot be. */
export function plannedRuns(task: AccountTask, wanted: readonly WantedStream[]): PlannedRun[] {
  const { client, config, owner, streams, mayReadEvents, rowAccount, isLive, globalState, now, slots, memory } = task;
  const { concurrency } = config;
  const planned = wanted.map(({ stream, configured, prior }) => {
    const shape = shapeOf(stream, streams, { client, account: rowAccount });
    const context = { lister: shape.lister, config, owner, mayReadEvents };
    const plan = planStream(stream, configured, { ...context, globalState, now, prior });
    const run = new StreamRun(plan, { client, slots, memory, shape, concurrency, isLive });
    const planAgain: PlannedRun["planAgain"] = (as) =>
      planStream(stream, configured, { ...context, ...as, prior: run.state });
    return { run, planAgain };
  });
  const wider = planned.filter(({ run }) => run.plan.hasMore);
  // of each of many accounts it would be too often
  if (wider[0] !== undefined && rowAccount === undefined)
    log(
      "info",
      `${wider.length} streams, such as "${wider[0].run.name}", have objects from outside the time that is asked for; these are kept current, too.`,
    );
  return planned;
}

/** Yields what the lists of streams show that is to be listed. */
export function listings(runs: readonly StreamRun[], concurrency: number): AsyncGenerator<SourceOutput> {
  return interleave(
    runs.map((run) => run.list()),
    concurrency,
  );
}

/** Yields the events of the streams that follow them, and then their ends. */
export async function* catchUp(task: EventTask, runs: readonly StreamRun[]): AsyncGenerator<SourceOutput> {
  const waiting = runs.filter((run) => !run.hasEnded);
  if (waiting.length === 0 || task.client.isStopping) return;
  try {
    yield* readEvents(task, waiting);
  } catch (error) {
    // without events none of them is complete
    for (const run of waiting.filter(({ hasEnded }) => !hasEnded)) {
      const end = run.ended(error);
      if (end !== undefined) yield end;
    }
  }
  for (const run of waiting) if (!run.hasEnded) yield run.complete();
}
