import { SluiceError } from "@sluice/protocol";
import type { RunningSide } from "./side.ts";
import { stopCode } from "./stop-code.ts";

/** When to stop waiting for an answer: the signal, or else after five minutes. */
export type AskOptions = { signal?: AbortSignal | undefined };

const ANSWER_TIMEOUT_MS = 300_000;

/** Ends a side that is asked for something, and all that it started, when its answer is not waited for any more. */
export function endAfter(running: RunningSide, { signal }: AskOptions) {
  const timeout = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  const over = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  const end = () => running.kill("SIGKILL");
  if (over.aborted) end();
  over.addEventListener("abort", end);
  return {
    throwIfOver(what: string): void {
      if (!over.aborted) return;
      // a stop is no failure, and whoever ends with it says by which signal
      const exitCode = stopCode(signal);
      if (exitCode !== undefined) throw new SluiceError("transient", `${what} was stopped.`, { exitCode });
      throw new SluiceError("transient", `${what} did not answer within ${ANSWER_TIMEOUT_MS / 1000} s.`);
    },
    [Symbol.dispose]: () => over.removeEventListener("abort", end),
  };
}
