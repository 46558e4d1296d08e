import type { EventType } from "@sluice/stripe-catalog";
import type { StripeEvent } from "../events/event.ts";
import { fateOf, standingOf } from "../events/push-fate.ts";
import type { Arrival } from "../live/feed.ts";
import type { Inputs } from "../live/inputs.ts";
import { canFollowEvents } from "../listing/plan.ts";
import { SECOND_IS_OVER_MS } from "../live/pace.ts";
import type { Accounts, AccountsTask } from "./accounts-task.ts";
import type { LastEnds } from "./last-ends.ts";
import type { VisitQueue } from "./visit-queue.ts";

/** As many events may wait that nobody waits for; the visits show the others. */
const MOST_WAITING = 2000;

type Waiting = {
  event: StripeEvent;
  input: number | undefined;
  /** Whether the visit that goes on fetches its object, since the events tell of it no more, or perhaps never. */
  isFetched: boolean;
};
type Parts = { accounts: Accounts; queue: VisitQueue; inputs: Inputs; ends: LastEnds };

/**
 * The pushed events of several accounts: each has its account visited, whose poll shows it with all else of its second,
 * or, where it became visible only after its second was read, which fetches its object.
 */
export class PushedVisits {
  readonly #task: AccountsTask;
  readonly #parts: Parts;
  readonly #waiting = new Map<string, Waiting[]>();
  #count = 0;

  constructor(task: AccountsTask, parts: Parts) {
    this.#task = task;
    this.#parts = parts;
  }

  /** Takes what was pushed. An event that no stream of its account follows is done with at once. */
  take({ event, account, input }: Arrival): void {
    const { accounts, inputs, queue } = this.#parts;
    const id = account ?? this.#task.platform.account;
    if (event === undefined || !this.#isFollowed(id, event.type)) {
      if (input !== undefined) inputs.done(input);
      return;
    }
    if (!accounts.has(id)) accounts.add(id);
    queue.wake(id, SECOND_IS_OVER_MS);
    if (input === undefined && this.#count >= MOST_WAITING) return;
    const waiting = this.#waiting.get(id) ?? [];
    waiting.push({ event, input, isFetched: false });
    this.#waiting.set(id, waiting);
    this.#count += 1;
  }

  /** Yields the events whose objects a visit that begins now has to fetch, since its poll does not show them. */
  missed(account: string): StripeEvent[] {
    const place = this.#parts.accounts.state.ofEvents(account);
    const waiting = this.#waiting.get(account) ?? [];
    for (const each of waiting) each.isFetched = standingOf(each.event, place) === "missed";
    return waiting.flatMap(({ event, isFetched }) => (isFetched ? [event] : []));
  }

  /** Looks, behind a visit of an account, what has become of its pushed events. */
  visited(account: string): void {
    const { accounts, inputs, ends } = this.#parts;
    const place = accounts.state.ofEvents(account);
    const waiting = this.#waiting.get(account) ?? [];
    const left = waiting.filter(({ event, input, isFetched }) => {
      const streams = followers(accounts.wanted(account), event.type);
      const failing = streams.filter((name) => ends.failuresOf(account, name) > 0);
      const failures = failing.map((name) => ends.failuresOf(account, name));
      const fate = fateOf({ standing: standingOf(event, place), wasFetched: isFetched, failures });
      if (fate === "relist") for (const name of failing) accounts.noteUnsure(name, account);
      if (fate !== "wait" && input !== undefined) inputs.done(input);
      return fate === "wait";
    });
    this.#count -= waiting.length - left.length;
    if (left.length === 0) this.#waiting.delete(account);
    else this.#waiting.set(account, left);
    this.visitAgain(account);
  }

  /** Has an account visited again for the pushed events of which nothing is known yet. */
  visitAgain(account: string): void {
    if (this.#waiting.has(account)) this.#parts.queue.wake(account, SECOND_IS_OVER_MS);
  }

  #isFollowed(account: string, type: EventType["type"]): boolean {
    const { wanted } = this.#task;
    const isNew = !this.#parts.accounts.has(account);
    return followers(isNew ? wanted : this.#parts.accounts.wanted(account), type).length > 0;
  }
}

/** Yields the names of the streams that follow events of a type. */
function followers(wanted: AccountsTask["wanted"], type: EventType["type"]): string[] {
  return wanted.flatMap(({ stream, configured }) =>
    stream.events.includes(type) && canFollowEvents(stream, configured) ? [stream.name] : [],
  );
}
