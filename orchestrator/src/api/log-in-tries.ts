import type { FastifyReply, FastifyRequest } from "fastify";
import type { Api } from "./context.ts";
import { Refusal } from "./problem.ts";

/** Guesses of tokens from an address in a minute. */
const MAX_FAILURES = 10;

/** Keeps addresses from guessing at a speed that matters, one after the other or all at once. */
export class LogInTries {
  readonly #failures: ReturnType<Api["createRateLimit"]>;
  /** Tries that are under way, by address. */
  readonly #underWay = new Map<string, number>();

  constructor(api: Api) {
    this.#failures = api.createRateLimit({ max: MAX_FAILURES, timeWindow: "1 minute" });
  }

  /** Resolves to what `look` finds, where undefined is a failure. Refuses an address with too many of them. */
  async try<T>(
    request: FastifyRequest,
    reply: FastifyReply,
    look: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const { key } = await this.#failures(request, { increment: false });
    const underWay = (this.#underWay.get(key) ?? 0) + 1;
    this.#underWay.set(key, underWay);
    try {
      // a try counts as failed from its beginning, until it is known that it has not
      const failed = await this.#failures(request, { increment: false });
      if (!failed.isAllowed && underWay > failed.remaining) {
        // none has failed yet where all are under way
        void reply.header("Retry-After", Math.max(1, failed.ttlInSeconds));
        throw new Refusal(429, "There were too many tries; wait for a minute.");
      }
      const found = await look();
      if (found === undefined) await this.#failures(request);
      return found;
    } finally {
      const others = (this.#underWay.get(key) ?? 1) - 1;
      if (others === 0) this.#underWay.delete(key);
      else this.#underWay.set(key, others);
    }
  }
}
