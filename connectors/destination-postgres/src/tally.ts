import { ExitCode, SluiceError, type CommittedCounts } from "@sluice/protocol";
import { log } from "@sluice/protocol/stdio";
import type { Config } from "./config.ts";
import { NOTHING, addCounts } from "./batch-statements.ts";
import type { Rejection } from "./store-batch.ts";

/** What became of the records of each stream since the process started. */
export class Tally {
  readonly #config: Config;
  readonly #counts = new Map<string, CommittedCounts>();

  constructor(config: Config) {
    this.#config = config;
  }

  /** Adds what is committed. */
  add(counts: ReadonlyMap<string, CommittedCounts>): void {
    for (const [stream, more] of counts) this.#counts.set(stream, addCounts(this.of(stream), more));
  }

  of(stream: string): CommittedCounts {
    return this.#counts.get(stream) ?? NOTHING;
  }

  all(): Record<string, CommittedCounts> {
    return Object.fromEntries(this.#counts);
  }

  /** Tells of rejected records, and throws `data` with exit code 15 when there are too many; before their commit. */
  assertBearable(stream: string, rejections: readonly Rejection[]): void {
    const [first] = rejections;
    if (first === undefined) return;
    const { on_reject: onReject, max_rejects: maxRejects } = this.#config;
    const total = [...this.#counts.values()].reduce((sum, counts) => sum + counts.rejected, rejections.length);
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
