import { setTimeout as sleep } from "node:timers/promises";
import { RequestBudget } from "./request-budget.ts";
import type { SharedTurns } from "./shared-turns.ts";

const LIVE_REQUESTS_PER_SECOND = 80;
const SANDBOX_REQUESTS_PER_SECOND = 20;
const ENDPOINT_REQUESTS_PER_SECOND = 25;
/** Of an account with a higher limit an endpoint gets this share, as it does of the common one. */
const ENDPOINT_SHARE = 1 / 4;
/** How many programs are taken to share the account while nobody can tell. */
const ASSUMED_SHARERS = 4;

/**
 * The two budgets of https://docs.stripe.com/rate-limits: one for the account, and one for each endpoint, which is the
 * path as the catalog writes it.
 */
export class Budgets {
  readonly #account: RequestBudget;
  readonly #endpointRate: number;
  readonly #endpoints = new Map<string, RequestBudget>();
  readonly #shared: SharedTurns | undefined;
  readonly #perSecond: number;
  #name: string | undefined;

  constructor(
    {
      api_key: apiKey,
      max_requests_per_second: most,
    }: {
      api_key: string;
      max_requests_per_second?: number | undefined;
    },
    shared?: SharedTurns,
  ) {
    const rate = most ?? (isLiveKey(apiKey) ? LIVE_REQUESTS_PER_SECOND : SANDBOX_REQUESTS_PER_SECOND);
    this.#account = new RequestBudget(rate);
    this.#perSecond = rate;
    this.#shared = shared;
    this.#endpointRate = Math.min(rate, Math.max(ENDPOINT_REQUESTS_PER_SECOND, rate * ENDPOINT_SHARE));
  }

  /** Resolves when a request of this endpoint may begin; rejects when the signal aborts before. */
  async take(endpoint: string, signal: AbortSignal): Promise<void> {
    // the narrower one first: a turn of the account's that waits for the endpoint would be lost to the others
    await this.#endpoint(endpoint).take(signal);
    await this.#account.take(signal);
    await this.#sharedTurn(signal);
  }

  /** Shares the account's budget with the other programs that know it by this name, where there is a place to share it. */
  shareAs(name: string): void {
    this.#name = name;
  }

  /** Tells of an answer that was no refusal. */
  answered(endpoint: string): void {
    this.#endpoint(endpoint).answered();
    this.#account.answered();
  }

  /**
   * Tells of a 429 with the reason that Stripe-Rate-Limited-Reason gave. An object in use (`resource-specific`, or no
   * reason and the code lock_timeout) is no matter of rates.
   */
  refused(endpoint: string, { reason, code }: { reason: string | undefined; code: string | undefined }): void {
    if (reason === "resource-specific" || (reason === undefined && code === "lock_timeout")) return;
    if (reason?.startsWith("endpoint") === true) this.#endpoint(endpoint).refused();
    else this.#account.refused();
  }

  /** Yields the requests a second that are allowed now, as learnt from refusals. */
  rates(endpoint: string): { account: number; endpoint: number } {
    return { account: this.#account.rate, endpoint: this.#endpoint(endpoint).rate };
  }

  /** Where nobody tells whose turn it is, this program takes the share of one of several. */
  async #sharedTurn(signal: AbortSignal): Promise<void> {
    if (this.#shared === undefined || this.#name === undefined) return;
    const waitMs = await this.#shared.take({ budget: this.#name, perSecond: this.#perSecond });
    if (waitMs !== undefined) return sleep(waitMs, undefined, { signal });
    for (let sharer = 1; sharer < ASSUMED_SHARERS; sharer += 1) await this.#account.take(signal);
  }

  #endpoint(endpoint: string): RequestBudget {
    let budget = this.#endpoints.get(endpoint);
    if (budget === undefined) {
      budget = new RequestBudget(this.#endpointRate);
      this.#endpoints.set(endpoint, budget);
    }
    return budget;
  }
}

/** Tells whether a key is one of live mode. */
export function isLiveKey(apiKey: string): boolean {
  return /^.._live_/.test(apiKey);
}
