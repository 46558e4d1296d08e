import { log, type ReadContext, type SourceOutput } from "@sluice/protocol/stdio";
import { isPassing } from "../api-error.ts";
import { reasonOf } from "../connection.ts";
import { interleave } from "../interleave.ts";
import { Feed } from "../live/feed.ts";
import { pollMs } from "../live/follower.ts";
import { Inputs } from "../live/inputs.ts";
import { IDLE_STATE_EVERY_MS, STATE_EVERY_MS } from "../live/pace.ts";
import { openPushes, PUSH_PAUSES, type PushPauses, type PushTask } from "../live/pushes.ts";
import { visit } from "./account-visit.ts";
import { accountsAtOnce, AccountsFold, onePass } from "./accounts-read.ts";
import type { Accounts, AccountsTask } from "./accounts-task.ts";
import { LastEnds } from "./last-ends.ts";
import { PushedVisits } from "./pushed-visits.ts";
import { VisitQueue } from "./visit-queue.ts";

/** States grow with the accounts, so they come less often then. */
const STATE_EVERY_MS_AN_ACCOUNT = 0.2;

export type AccountsLiveTask = AccountsTask &
  Pick<ReadContext, "inbox" | "hearsCommits" | "signal"> &
  Pick<PushTask, "failing"> & { pauses: PushPauses | undefined };
type Parts = {
  fold: AccountsFold;
  queue: VisitQueue;
  pushed: PushedVisits;
  feed: Feed;
  inputs: Inputs;
  /** Whether something was sent, or is in the records, that no state tells of yet. */
  news: { isThere: boolean };
};

/**
 * Yields what several accounts have to tell and then what changes in them: each is visited again and again, and at once
 * when something is pushed of it. Ends, with the end of each stream, when the signal aborts.
 */
export async function* readAccountsLive(task: AccountsLiveTask, accounts: Accounts): AsyncGenerator<SourceOutput> {
  const { client, config, platform, signal, failing, pauses = PUSH_PAUSES } = task;
  const ends = new LastEnds();
  const fold = new AccountsFold(accounts, ends);
  yield* onePass(task, fold);
  const closing = new AbortController();
  const ended = AbortSignal.any([signal, closing.signal]);
  const [feed, inputs] = [new Feed(), new Inputs()];
  const queue = new VisitQueue(() => accounts.ids, pollMs({ config }));
  const pushed = new PushedVisits(task, { accounts, queue, inputs, ends });
  const parts = { fold, queue, pushed, feed, inputs, news: { isThere: false } };
  // whoever is connected meanwhile is read, too, where all are to be
  const reads = (id: string | undefined) => config.account_ids === "all" || accounts.has(id ?? platform.account);
  const audience = { mode: platform.mode, reads };
  try {
    if (!client.isStopping) {
      await using _ = await openPushes({ ...task, feed, inputs, audience, pauses, signal: ended });
      const visitors = Array.from({ length: accountsAtOnce(task) }, () => visits(task, parts));
      yield* interleave([tidings(task, parts), ...visitors], visitors.length + 1);
      failing.signal.throwIfAborted();
    }
    yield* accounts.state.news(inputs.told(task.hearsCommits));
    for (const { stream } of task.wanted) {
      const sweepVersion = accounts.state.sweepVersion(stream.name);
      // one whose listing was cut short is not complete
      if (accounts.state.isListed(stream.name))
        yield { type: "complete", stream: stream.name, ...(sweepVersion === undefined ? {} : { sweepVersion }) };
    }
  } finally {
    closing.abort();
  }
}

/** Visits one account after the other. What fails in passing is left to the next visit. */
async function* visits(task: AccountsLiveTask, { fold, queue, pushed, news }: Parts): AsyncGenerator<SourceOutput> {
  const { client, signal } = task;
  const { accounts } = fold;
  while (!client.isStopping) {
    const account = await unlessOver(queue.next(signal), signal);
    if (account === undefined) return;
    try {
      accounts.lookForUnsure();
      if (client.estimatedSeconds > client.serverSeconds) await client.askTime();
      const missed = pushed.missed(account);
      for await (const visited of visit(task, { accounts, account }, { now: client.serverSeconds, missed })) {
        for (const output of fold.outputs(visited)) {
          if (output.type === "lines") news.isThere = true;
          yield output;
        }
      }
    } catch (error) {
      if (client.isStopping) return;
      if (!isPassing(error)) throw error;
      log("warn", `The account ${account} could not be read (${reasonOf(error)}); it is tried again.`);
      queue.leave(account);
      pushed.visitAgain(account);
      continue;
    }
    queue.leave(account);
    pushed.visited(account);
  }
}

/** Hands what is pushed to the visits of its account, and yields states behind what was sent, now and then without news. */
async function* tidings(
  { signal, hearsCommits }: AccountsLiveTask,
  { fold, feed, pushed, queue, inputs, news }: Parts,
): AsyncGenerator<SourceOutput> {
  const { accounts } = fold;
  let [dueAtMs, lastAtMs, through] = [0, performance.now(), inputs.through];
  while (!signal.aborted) {
    await feed.wait(dueAtMs - performance.now(), signal);
    const { arrivals, isPollWanted } = feed.take();
    if (isPollWanted) queue.wakeAll();
    for (const arrival of arrivals) pushed.take(arrival);
    const nowMs = performance.now();
    if (nowMs < dueAtMs) continue;
    dueAtMs = nowMs + Math.max(STATE_EVERY_MS, accounts.ids.length * STATE_EVERY_MS_AN_ACCOUNT);
    const isIdle = nowMs - lastAtMs < IDLE_STATE_EVERY_MS;
    if (!news.isThere && inputs.through === through && isIdle) continue;
    news.isThere = false;
    through = inputs.through;
    lastAtMs = nowMs;
    yield* accounts.state.news(inputs.told(hearsCommits));
  }
}

/** Resolves to what a promise resolves to; to undefined when it was given up because the read ends. */
async function unlessOver<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
