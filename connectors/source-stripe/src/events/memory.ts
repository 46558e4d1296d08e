import { hash } from "node:crypto";
import { log } from "@sluice/protocol/stdio";
import type { GlobalState } from "../global-state.ts";
import type { StripeEvent } from "./event.ts";

/** The most events of which a state carries marks, some 165 kB of them; a busy account remembers a shorter time. */
const MAX_EVENTS = 15_000;
/** 48 bits tell the events of one second apart, and take a third of the room of their ids. */
const MARK_LENGTH = 8;

type EventPlace = Pick<StripeEvent, "id" | "created">;

/** Tells whether an event is among those that a state remembers. */
export function isRemembered({ id, created }: EventPlace, state: GlobalState): boolean {
  const marks = state.seen[created];
  if (marks === undefined) return false;
  // states that were written before there were marks have whole ids
  return marks.includes(markOf(id)) || marks.includes(id);
}

/** Which events were read lately: one that is not among them became visible late. */
export class EventMemory {
  readonly #seen: Map<number, Set<string>>;
  #since: number;
  #forgottenBefore: number | undefined;

  constructor(state: GlobalState | undefined, from: number) {
    const marks = (known: readonly string[]) =>
      new Set(known.map((mark) => (mark.length > MARK_LENGTH ? markOf(mark) : mark)));
    this.#seen = new Map(Object.entries(state?.seen ?? {}).map(([second, known]) => [Number(second), marks(known)]));
    this.#since = state?.seen_since ?? from;
  }

  add(events: readonly EventPlace[]): void {
    for (const { id, created } of events) {
      const marks = this.#seen.get(created);
      if (marks === undefined) this.#seen.set(created, new Set([markOf(id)]));
      else marks.add(markOf(id));
    }
  }

  /** The second before which events were forgotten because there were too many; undefined while there were not. */
  get forgottenBefore(): number | undefined {
    return this.#forgottenBefore;
  }

  /** Forgets what is older than a second, and more where there is too much. Yields what is left, for a state. */
  since(second: number): { seen: Record<string, string[]>; seen_since: number } {
    this.#since = Math.max(this.#since, second);
    const seconds = [...this.#seen.keys()].sort((one, other) => one - other);
    let count = seconds.reduce((sum, each) => sum + (this.#seen.get(each)?.size ?? 0), 0);
    for (const each of seconds) {
      const isWanted = each >= this.#since;
      if (isWanted && count <= MAX_EVENTS) break;
      if (isWanted) this.#forgottenBefore = each + 1;
      count -= this.#seen.get(each)?.size ?? 0;
      this.#seen.delete(each);
      this.#since = Math.max(this.#since, each + 1);
    }
    return {
      seen: Object.fromEntries([...this.#seen].map(([at, marks]) => [at, [...marks]])),
      seen_since: this.#since,
    };
  }
}

/** Says, once of each account, that late events are looked for in a shorter time than is configured. */
export class ShortLookback {
  readonly #told = new Set<string | null>();

  tell(account: string | null, { seconds, configured }: { seconds: number; configured: number }): void {
    if (this.#told.has(account)) return;
    this.#told.add(account);
    log(
      "warn",
      `The account ${account ?? "of the key"} has so many events that those of the last ${seconds} seconds are remembered, not of ${configured} as lookback_seconds says; one that becomes visible later than that is missed, but for a live read with events.mode webhook.`,
    );
  }
}

function markOf(id: string): string {
  return hash("sha256", id, "base64url").slice(0, MARK_LENGTH);
}
