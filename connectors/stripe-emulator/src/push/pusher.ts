import { setTimeout as delay } from "node:timers/promises";
import { Random } from "../data/random.ts";
import type { Settings } from "../settings.ts";
import type { PushLog } from "./push-log.ts";
import type { ToldEvent } from "./told-event.ts";

/** Sends an event to all of a kind that listen; resolves once nothing more is done about it. */
export type Receiver = (event: ToldEvent, signal: AbortSignal) => Promise<void>;

type PusherParts = { settings: Settings; seed: number; log: PushLog; receivers: readonly Receiver[] };

/** Hands each event to the receivers as often and as late as the settings want. */
export class Pusher {
  readonly #parts: PusherParts;
  readonly #random: Random;
  readonly #closing = new AbortController();

  constructor(parts: PusherParts) {
    this.#parts = parts;
    this.#random = new Random(parts.seed);
  }

  push(event: ToldEvent): void {
    const { push } = this.#parts.settings;
    if (this.#random.chance(push.drops)) return;
    const times = this.#random.chance(push.duplicates) ? 2 : 1;
    for (let time = 0; time < times; time += 1) {
      const waitMs = push.jitterMs === 0 ? 0 : this.#random.integer(0, push.jitterMs);
      for (const receiver of this.#parts.receivers) void this.#hand(event, receiver, waitMs);
    }
  }

  /** Ends what is under way. */
  close(): void {
    this.#closing.abort();
  }

  async #hand(event: ToldEvent, receiver: Receiver, waitMs: number): Promise<void> {
    const { log } = this.#parts;
    const { signal } = this.#closing;
    log.waiting += 1;
    try {
      if (waitMs > 0) await delay(waitMs, undefined, { signal });
      await receiver(event, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      log.waiting -= 1;
    }
  }
}
