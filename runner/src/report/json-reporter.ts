import { PeerGone, log, type Output } from "@sluice/protocol/stdio";
import type { Reporter } from "./reporter.ts";

/** Prints what a run says as messages, a line each, the summary last. */
export function jsonReporter(output: Output): Reporter {
  return {
    start: () => {},
    event(event) {
      switch (event.type) {
        case "progress":
        case "log":
        case "stream_status":
          return print(output, event.type, Object.entries(event).find(([name]) => name === event.type)?.[1]);
        case "retry": {
          const message = `Attempt ${event.attempt} begins in ${Math.round(event.delayMs)} ms, because: ${event.incident.message}`;
          return print(output, "log", { level: "warn", message });
        }
        case "committed":
          // told by progress
          return undefined;
      }
    },
    async end(summary) {
      await print(output, "summary", summary);
      await output.flush().catch((error: unknown) => {
        // the run is over, and its exit code says how it went, whoever still listens
        if (!(error instanceof PeerGone)) throw error;
        log("warn", `${error.message} The run went on without it; it ${summary.status}.`);
      });
    },
  };
}

/** That nobody reads any more, or that there is no room, is told at the end. */
function print(output: Output, type: string, payload: unknown): Promise<void> {
  return output.write(JSON.stringify({ type, [type]: payload }) + "\n").catch(() => {});
}
