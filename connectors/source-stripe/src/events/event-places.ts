import type { Owner } from "../account.ts";
import type { Config } from "../config.ts";
import type { GlobalState } from "../global-state.ts";
import type { EventTarget } from "./event-target.ts";
import type { StripeEvent } from "./event.ts";
import { EventMemory, type ShortLookback } from "./memory.ts";

type Options = {
  config: Config;
  owner: Owner;
  globalState: GlobalState | undefined;
  targets: readonly EventTarget[];
  /** Up to which second events are read. */
  until: number;
  shortLookback: ShortLookback;
};

/** Knows up to which second each stream has its events, and writes it into global states. */
export class EventPlaces {
  readonly #options: Options;
  readonly #memory: EventMemory;
  /** Where streams are that were left behind. */
  readonly #left = new Map<string, number>();
  #reached: number;

  constructor(options: Options) {
    const from = Math.min(...options.targets.map((target) => target.from));
    this.#options = options;
    this.#memory = new EventMemory(options.globalState, from);
    this.#reached = from;
  }

  /** Yields the state for when every event before a second is in the records of all streams that are not over. */
  stateAt(second: number, events: readonly StripeEvent[]): GlobalState {
    const { config, owner, globalState, targets, until } = this.#options;
    const { lookback_seconds: lookback } = config.events;
    this.#memory.add(events);
    // what ended on the way here has nothing of this part
    for (const target of targets)
      if (target.isOver && !this.#left.has(target.run.name))
        this.#left.set(target.run.name, Math.max(target.place, this.#reached));
    this.#reached = second;
    const cursor = Math.max(globalState?.cursor ?? 0, second);
    const remembered = this.#memory.since(cursor - lookback);
    if (second === until) this.#tellSpan(cursor, lookback);
    const places = new Map([
      ...placesOf(globalState),
      ...targets.map(({ run, place }) => [run.name, this.#left.get(run.name) ?? Math.max(place, second)] as const),
    ]);
    const isAtCursor = ([, place]: readonly [string, number]) => place >= cursor;
    return {
      format: 2,
      ...owner,
      cursor,
      ...remembered,
      at_cursor: [...places].filter(isAtCursor).map(([name]) => name),
      behind: Object.fromEntries([...places].filter((each) => !isAtCursor(each))),
    };
  }

  #tellSpan(cursor: number, configured: number): void {
    const { owner, shortLookback } = this.#options;
    const seconds = cursor - (this.#memory.forgottenBefore ?? Number.NEGATIVE_INFINITY);
    if (seconds < configured) shortLookback.tell(owner.account, { seconds, configured });
  }
}

function placesOf(state: GlobalState | undefined): (readonly [string, number])[] {
  if (state === undefined) return [];
  return [...state.at_cursor.map((name) => [name, state.cursor] as const), ...Object.entries(state.behind)];
}
