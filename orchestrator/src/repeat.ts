import { setTimeout as sleep } from "node:timers/promises";
import { log } from "@sluice/protocol/stdio";

/** What is done again and again; `waits` says in a few words what a failure holds up. */
export type Repetition = { everyMs: number; waits: string; work: () => Promise<unknown> };

/**
 * Does work at once, and again each time that so long is over since it ended. A failure is told, and the next time will
 * do. Disposing it begins no more of the work, and waits for what is under way.
 */
export function repeat({ everyMs, waits, work }: Repetition): AsyncDisposable {
  const stop = new AbortController();
  const { signal } = stop;
  const ended = (async () => {
    while (!signal.aborted) {
      try {
        await work();
      } catch (error) {
        log("warn", `${waits}: ${error instanceof Error ? error.message : String(error)}`);
      }
      // cut short by the end
      await sleep(everyMs, undefined, { signal }).catch(() => {});
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}
