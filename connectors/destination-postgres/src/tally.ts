import { ExitCode, SluiceError, type CommittedCounts } from "@sluice/protocol";
import { log } from "@sluice/protocol/stdio";
import type { Config } from "./config.ts";
import { NOTHING, addCounts } from "./batch-statements.ts";
import type { Rejection } from "./store-batch.ts";

/** What became of the records of each stream since the process started. */
export class Tally {
  readonly #config: Config;
  readonly #counts = new Map<string, CommittedCounts>();
  /** How many records each transaction under way has rejected. */
  readonly #underWay = new Map<object, number>();

  constructor(config: Config) {
    this.#config = config;
  }

  /** Adds what a transaction has committed. */
  add(transaction: { counts: ReadonlyMap<string, CommittedCounts> }): void {
    this.forget(transaction);
    for (const [stream, more] of transaction.counts) this.#counts.set(stream, addCounts(this.of(stream), more));
  }

  /** Forgets what a transaction has rejected, which is over. */
  forget(transaction: object): void {
    this.#underWay.delete(transaction);
  }

  of(stream: string): CommittedCounts {
    return this.#counts.get(stream) ?? NOTHING;
  }

  all(): Record<string, CommittedCounts> {
    return Object.fromEntries(this.#counts);
  }

  /**
   * Tells of records that a transaction has rejected, and throws `data` with exit code 15 when there are too many, those
   * of all transactions under way included; before their commit.
   */
  assertBearable(stream: string, rejections: readonly Rejection[], transaction: object): void {
    const [first] = rejections;
    if (first === undefined) return;
    const { on_reject: onReject, max_rejects: maxRejects } = this.#config;
    this.#underWay.set(transaction, (this.#underWay.get(transaction) ?? 0) + rejections.length);
    const committed = [...this.#counts.values()].map(({ rejected }) => rejected);
    const total = [...committed, ...this.#underWay.values()].reduce((sum, rejected) => sum + rejected, 0);
    log(
      "warn",
      `${rejections.length} records of "${stream}" are rejected (${total} in all); the first because: ${first.message.reason}.`,
    );
    const limit = onReject === "fail" ? 0 : maxRejects;
    if (total <= limit) return;
    throw new SluiceError(
      "data",
      `${total} records were rejected, more than ${onReject === "fail" ? "on_reject: fail" : `max_rejects (${limit})`} allows; see the "rejected" lines for keys and reasons.`,
      { exitCode: ExitCode.rejects },
    );
  }
}
