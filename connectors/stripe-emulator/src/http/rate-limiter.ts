import type { RateLimits } from "../settings.ts";
import { ApiError } from "./api-error.ts";

/** Tokens that come back evenly over time, a second's worth at most; `at` is when `left` was true, in ms. */
type Bucket = { left: number; at: number };

/** Counts requests against the account's limits, as Stripe does: a budget a second and one of requests at once. */
export class RateLimiter {
  readonly #limits: () => RateLimits;
  readonly #buckets = new Map<string, Bucket>();
  readonly #running = new Map<string, number>();
  #runningInAll = 0;

  /** `limits` yields what holds at the moment. */
  constructor(limits: () => RateLimits) {
    this.#limits = limits;
  }

  /** Lets a request to an endpoint in and yields what to call when it is over. Throws the API's refusal, which says why. */
  admit(endpoint: string): () => void {
    const { global, globalConcurrency, endpointConcurrency, endpoint: each } = this.#limits();
    const own = this.#running.get(endpoint) ?? 0;
    if (this.#runningInAll >= (globalConcurrency ?? Number.POSITIVE_INFINITY)) throw tooMany("global-concurrency");
    if (own >= (endpointConcurrency ?? Number.POSITIVE_INFINITY)) throw tooMany("endpoint-concurrency");
    const all = this.#bucket("", global);
    const one = this.#bucket(endpoint, each);
    if (all !== undefined && all.left < 1) throw tooMany("global-rate");
    if (one !== undefined && one.left < 1) throw tooMany("endpoint-rate");
    for (const bucket of [all, one]) if (bucket !== undefined) bucket.left -= 1;
    this.#count(endpoint, 1);
    let isOver = false;
    return () => {
      if (!isOver) this.#count(endpoint, -1);
      isOver = true;
    };
  }

  #count(endpoint: string, change: number): void {
    this.#runningInAll += change;
    this.#running.set(endpoint, (this.#running.get(endpoint) ?? 0) + change);
  }

  #bucket(name: string, perSecond: number | undefined): Bucket | undefined {
    if (perSecond === undefined) return undefined;
    const capacity = Math.max(perSecond, 1);
    const at = performance.now();
    const kept = this.#buckets.get(name) ?? { left: capacity, at };
    const bucket = { left: Math.min(capacity, kept.left + ((at - kept.at) * perSecond) / 1000), at };
    this.#buckets.set(name, bucket);
    return bucket;
  }
}

function tooMany(reason: string): ApiError {
  const message = "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.";
  return new ApiError(message, { status: 429, code: "rate_limit", headers: { "stripe-rate-limited-reason": reason } });
}
