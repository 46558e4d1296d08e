import { SluiceError } from "@sluice/protocol";
import { log, type SourceOutput } from "@sluice/protocol/stdio";

/** As many accounts are named where there are many. */
const NAMED = 3;

type Tally = { count: number; accounts: string[]; reason: string; error?: SluiceError };
type Ends = { all: number; skipped: Tally; failed: Tally };
/** How a stream ended in an account. */
export type StreamEnd = Extract<SourceOutput, { type: "complete" | "skipped" | "failure" }>;

/** How a stream ended in each account, and how it ends over all of them. */
export class StreamEnds {
  readonly #ends = new Map<string, Ends>();

  /** Takes note of how a stream ended in an account. */
  note(account: string, end: StreamEnd): void {
    let ends = this.#ends.get(end.stream);
    if (ends === undefined) {
      ends = { all: 0, skipped: tally(), failed: tally() };
      this.#ends.set(end.stream, ends);
    }
    ends.all += 1;
    if (end.type === "skipped") add(ends.skipped, account, end.reason);
    if (end.type !== "failure") return;
    add(ends.failed, account, end.error.message);
    ends.failed.error ??= end.error;
  }

  /**
   * Yields the end of a stream: a failure when it failed in some account, `skipped` when no account has it. Where some
   * accounts do not have it, that is no failure, but it is told.
   */
  end(stream: string, sweepVersion: number | undefined): SourceOutput {
    const { all, skipped, failed } = this.#ends.get(stream) ?? { all: 0, skipped: tally(), failed: tally() };
    if (skipped.count > 0 && skipped.count < all)
      log("warn", `The stream "${stream}" was left out ${within(skipped, all)}.`);
    if (failed.error !== undefined) {
      const message = `The stream "${stream}" is not complete ${within(failed, all)}`;
      const error = new SluiceError(failed.error.code, message, { cause: failed.error });
      return { type: "failure", stream, error };
    }
    if (skipped.count > 0 && skipped.count === all)
      return {
        type: "skipped",
        stream,
        reason: all === 1 ? skipped.reason : `It was left out ${within(skipped, all)}`,
      };
    return { type: "complete", stream, ...(sweepVersion === undefined ? {} : { sweepVersion }) };
  }
}

function tally(): Tally {
  return { count: 0, accounts: [], reason: "" };
}

function add(to: Tally, account: string, reason: string): void {
  to.count += 1;
  if (to.accounts.length < NAMED) to.accounts.push(account);
  if (to.count === 1) to.reason = reason;
}

function within({ count, accounts, reason }: Tally, all: number): string {
  const more = count > accounts.length ? ", …" : "";
  return `in ${count} of ${all} accounts (${accounts.join(", ")}${more}), in the first because: ${reason}`;
}
