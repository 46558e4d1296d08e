import { ExitCode, SluiceError, type CommittedCounts, type Payload } from "@sluice/protocol";
import { log } from "@sluice/protocol/stdio";
import type { Config } from "./config.ts";

const NOTHING: CommittedCounts = { received: 0, written: 0, skipped: 0, deleted: 0, rejected: 0 };

/** What became of a record. */
export type Fate = "written" | "skipped" | "deleted" | "rejected";

/** What became of the records of each stream since the process started. */
export class Tally {
  readonly #config: Pick<Config, "on_reject" | "max_rejects">;
  readonly #counts = new Map<string, CommittedCounts>();
  readonly #altered = new Map<string, number>();

  constructor(config: Pick<Config, "on_reject" | "max_rejects">) {
    this.#config = config;
  }

  count(stream: string, fate: Fate): void {
    const { [fate]: before, received, ...rest } = this.of(stream);
    this.#counts.set(stream, { ...NOTHING, ...rest, received: received + 1, [fate]: Number(before) + 1 });
  }

  /** Counts values that a cell holds only in part. */
  countAltered(stream: string, values: number): void {
    if (values > 0) this.#altered.set(stream, this.altered(stream) + values);
  }

  altered(stream: string): number {
    return this.#altered.get(stream) ?? 0;
  }

  of(stream: string): CommittedCounts {
    return this.#counts.get(stream) ?? NOTHING;
  }

  all(): Record<string, CommittedCounts> {
    return Object.fromEntries(this.#counts);
  }

  /** Tells of rejected records, and throws `data` with exit code 15 when there are too many. */
  assertBearable(rejections: readonly Payload<"rejected">[]): void {
    const [first] = rejections;
    if (first === undefined) return;
    const total = this.#counts.values().reduce((sum, { rejected }) => sum + rejected, 0);
    log("warn", `${rejections.length} records are rejected (${total} in all); the first because ${first.reason}.`);
    const isStrict = this.#config.on_reject === "fail";
    if (total <= (isStrict ? 0 : this.#config.max_rejects)) return;
    throw new SluiceError(
      "data",
      `${total} records were rejected, more than ${isStrict ? "on_reject: fail" : `max_rejects (${this.#config.max_rejects})`} allows; see the "rejected" lines for keys and reasons.`,
      { exitCode: ExitCode.rejects },
    );
  }
}
