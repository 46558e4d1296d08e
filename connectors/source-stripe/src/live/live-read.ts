import { setTimeout as sleep } from "node:timers/promises";
import { log, type ReadContext, type SourceOutput } from "@sluice/protocol/stdio";
import { isPassing } from "../api-error.ts";
import { reasonOf } from "../connection.ts";
import type { EventTask } from "../events/event-read.ts";
import type { GlobalState } from "../global-state.ts";
import { interleave } from "../interleave.ts";
import type { StreamPlan } from "../listing/plan.ts";
import type { FailedEnd, StreamRun } from "../stream-run.ts";
import { Feed } from "./feed.ts";
import { Follower } from "./follower.ts";
import { Inputs } from "./inputs.ts";
import { openPushes, PUSH_PAUSES, type PushPauses, type PushTask } from "./pushes.ts";
import { Rests } from "./rests.ts";
import { SentEvents } from "./sent-events.ts";

/** How long what takes, in milliseconds. */
export type LivePauses = {
  /** How often is looked whether a stream is to be listed again. */
  relistLook: number;
  /** Behind a first poll that failed. */
  failedPoll: number;
  /** Before a stream that failed is tried again, for the first time. */
  rest: number;
  push: PushPauses;
};
const PAUSES: LivePauses = { relistLook: 60_000, failedPoll: 2000, rest: 1000, push: PUSH_PAUSES };

/** A second of the server's clock, and where the events stand. */
type Now = { now: number; globalState: GlobalState | undefined };

export type LiveTask = Omit<EventTask, "sent" | "lookbackSeconds"> &
  Pick<ReadContext, "inbox" | "hearsCommits" | "signal"> &
  Pick<PushTask, "failing"> & {
    /** The streams, and how to plan their next listing. */
    planned: readonly { run: StreamRun; planAgain: (as: Now) => StreamPlan }[];
    pauses: LivePauses | undefined;
  };

/**
 * Yields what changes from now on, once everything is listed: from polls, which alone move the place among the events,
 * and from pushes, which are there sooner. Ends, with the end of each stream, when the signal aborts; at once when none of
 * them goes on.
 */
export async function* readLive(task: LiveTask): AsyncGenerator<SourceOutput> {
  const { signal, client, planned, pauses = PAUSES } = task;
  const runs = planned.map(({ run }) => run);
  const going = runs.filter(({ hasEnded }) => !hasEnded);
  // nobody would take what is pushed
  if (going.length === 0) return;
  const followed = going.filter(({ plan }) => plan.followsEvents);
  const closing = new AbortController();
  const rests = new Rests(pauses.rest);
  const own = { feed: new Feed(), inputs: new Inputs(), sent: new SentEvents(), rests };
  // the own account is not named where it is the only one
  const reads = (account: string | undefined) => account === undefined || account === task.owner.account;
  const audience = { mode: task.owner.mode, reads };
  const ownTask = { ...task, ...own, signal: AbortSignal.any([signal, closing.signal]) };
  try {
    const follower = new Follower(ownTask, followed);
    // before anything can be pushed, so that each stream has its place
    yield* follower.poll();
    while (!follower.isReady && !client.isStopping) {
      await sleep(pauses.failedPoll, undefined, { signal });
      yield* follower.poll();
    }
    await using _ = await openPushes({ ...ownTask, audience, pauses: pauses.push });
    const relisted = relistings(ownTask, { follower, everyMs: pauses.relistLook });
    yield* interleave([follower.outputs(), relisted], 2);
    task.failing.signal.throwIfAborted();
    for (const run of going) {
      const failed = rests.endOf(run);
      if (failed !== undefined && !isPassingEnd(failed)) yield failed;
      // one whose listing was cut short is not complete, nor is one that would have been tried again
      else if (failed === undefined && run.state.listing === null) yield run.complete();
    }
  } finally {
    closing.abort();
  }
}

function isPassingEnd(end: FailedEnd): boolean {
  return end.type === "failure" && isPassing(end.error);
}

/** Yields what streams list again when that is due, one after the other. */
async function* relistings(
  { planned, client, signal }: LiveTask,
  { follower, everyMs }: { follower: Follower; everyMs: number },
): AsyncGenerator<SourceOutput> {
  try {
    for (;;) {
      await sleep(everyMs, undefined, { signal });
      for (const { run, planAgain } of planned) {
        if (run.hasEnded || !run.plan.isRelisted) continue;
        const plan = planAgain({ now: client.serverSeconds, globalState: follower.globalState });
        if (plan.state.listing !== null) yield* listedAgain(run, plan, signal);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Yields what a stream lists again. What fails is left to the next time, which goes on from there. Throws what concerns all. */
async function* listedAgain(run: StreamRun, plan: StreamPlan, signal: AbortSignal): AsyncGenerator<SourceOutput> {
  try {
    yield* run.listAgain(plan);
  } catch (error) {
    if (signal.aborted) throw error;
    const end = run.endFor(error);
    const reason = end.type === "failure" ? reasonOf(end.error) : end.reason;
    log("warn", `The stream "${run.name}" could not be listed again (${reason}); it is tried again.`);
  }
}
