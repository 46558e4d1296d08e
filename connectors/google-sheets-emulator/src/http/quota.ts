import { ApiError } from "../api-error.ts";
import type { Clock } from "../clock.ts";
import type { Limits } from "../settings.ts";

const MINUTE_MS = 60_000;

export type QuotaKind = "read" | "write";

/** Counts requests by kind, of each user and of the project: in no minute, wherever it begins, may there be too many. */
export class Quota {
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #times = new Map<string, number[]>();

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Counts a request, or throws the API's refusal. */
  admit(kind: QuotaKind, user: string): void {
    const { readsPerMinute, writesPerMinute, readsPerMinutePerUser, writesPerMinutePerUser } = this.#limits;
    const isRead = kind === "read";
    const buckets = [
      { name: `${kind} ${user}`, limit: isRead ? readsPerMinutePerUser : writesPerMinutePerUser, of: " per user" },
      { name: kind, limit: isRead ? readsPerMinute : writesPerMinute, of: "" },
    ];
    const now = this.#clock.now();
    for (const { name, limit, of } of buckets) {
      const recent = (this.#times.get(name) ?? []).filter((time) => time > now - MINUTE_MS);
      this.#times.set(name, recent);
      if (recent.length < limit) continue;
      const metric = isRead ? "Read requests" : "Write requests";
      throw new ApiError(
        429,
        `Quota exceeded for quota metric '${metric}' and limit '${metric} per minute${of}' of service 'sheets.googleapis.com' for consumer 'project_number:1'.`,
      );
    }
    for (const { name } of buckets) this.#times.get(name)?.push(now);
  }
}
