import type { EventType } from "@sluice/stripe-catalog";
import type { StripeEvent } from "../events/event.ts";
import type { Arrival } from "../live/feed.ts";
import type { Inputs } from "../live/inputs.ts";
import type { Accounts, AccountsTask } from "./accounts-task.ts";
import type { VisitQueue } from "./visit-queue.ts";

/** What happened in a second can be told apart once it is over. */
const SECOND_IS_OVER_MS = 1000;
/**
 * So often is an account visited for an event that is not visible yet, or that some stream cannot read: the places of its
 * streams tell later visits of it, and the events behind it are not to wait for ever. A late one waits until it is read,
 * for nothing else tells of it.
 */
const MAX_VISITS = 10;

type Waiting = {
  event: StripeEvent;
  input: number | undefined;
  visits: number;
  /** Whether it came too late for the list of events, so that a visit fetches its object. */
  isLate: boolean;
};
type Parts = { accounts: Accounts; queue: VisitQueue; inputs: Inputs };

/**
 * The pushed events of several accounts: each has its account visited, whose poll shows it with all else of its second,
 * or, where that second is too long ago for a poll, which fetches its object.
 */
export class PushedVisits {
  readonly #task: AccountsTask;
  readonly #parts: Parts;
  readonly #waiting = new Map<string, Waiting[]>();

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
    this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), { event, input, visits: 0, isLate: false }]);
    queue.wake(id, SECOND_IS_OVER_MS);
  }

  /** Yields the events whose objects a visit that begins now has to fetch, since no poll shows them any more. */
  late(account: string): StripeEvent[] {
    const forgotten = this.#parts.accounts.state.ofEvents(account)?.seen_since ?? 0;
    const waiting = this.#waiting.get(account) ?? [];
    for (const each of waiting) each.isLate = each.event.created < forgotten;
    return waiting.flatMap(({ event, isLate }) => (isLate ? [event] : []));
  }

  /**
   * Looks, behind a visit of an account, which of its pushed events the visit has shown. Those of `unread` streams, which
   * failed in passing, it has not: their records are left to a later visit.
   */
  visited(account: string, unread: ReadonlySet<string>): void {
    const { accounts, inputs } = this.#parts;
    const place = accounts.state.ofEvents(account);
    const isUnread = (type: string) =>
      accounts.wanted(account).some(({ stream: { name, events } }) => unread.has(name) && events.includes(type));
    const left = (this.#waiting.get(account) ?? []).flatMap((waiting) => {
      const { event, input, visits, isLate } = waiting;
      const isShown = place?.seen[event.created]?.includes(event.id) === true;
      const isOver = (isLate || isShown) && !isUnread(event.type);
      const isGivenUp = !isLate && visits + 1 >= MAX_VISITS;
      if (!isOver && !isGivenUp) return [{ ...waiting, visits: visits + 1 }];
      if (input !== undefined) inputs.done(input);
      return [];
    });
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
    return (isNew ? wanted : this.#parts.accounts.wanted(account)).some(({ stream }) => stream.events.includes(type));
  }
}
