import type { Payload } from "@sluice/protocol";
import { printable } from "@sluice/protocol/stdio";
import type { RunEvent } from "../run/run.ts";
import type { Summary } from "../run/summary.ts";
import { lagText } from "./lag-text.ts";
import type { Reporter } from "./reporter.ts";
import { summaryText } from "./summary-text.ts";

const PROGRESS_EVERY_MS = 5000;

export type PlainReporterOptions = {
  /** Writes whole lines. */
  write(text: string): void;
  /** Shows what connectors say at this level, and above. */
  isShown(level: Payload<"log">["level"]): boolean;
  progressEveryMs?: number;
};

/** Tells a run in lines of text, for logs and pipes. */
export function plainReporter({ write, isShown, progressEveryMs = PROGRESS_EVERY_MS }: PlainReporterOptions): Reporter {
  let title = "";
  let lastAtMs = performance.now();
  return {
    start(text) {
      title = printable(text);
      write(`${title}\n`);
    },
    event(event) {
      if (event.type === "progress") {
        if (performance.now() - lastAtMs < progressEveryMs) return;
        lastAtMs = performance.now();
      }
      const line = eventText(event, isShown);
      if (line !== undefined) write(`${line}\n`);
    },
    async end(summary: Summary) {
      write(`${summaryText(summary, title)}\n`);
    },
  };
}

/** Yields an event as a line, or undefined for one that a person need not see. */
export function eventText(event: RunEvent, isShown: PlainReporterOptions["isShown"]): string | undefined {
  const text = rawText(event, isShown);
  return text === undefined ? undefined : printable(text);
}

function rawText(event: RunEvent, isShown: PlainReporterOptions["isShown"]): string | undefined {
  switch (event.type) {
    case "progress":
      return progressText(event.progress);
    case "log":
      return isShown(event.log.level) ? `${event.side}: ${event.log.level}: ${event.log.message}` : undefined;
    case "retry":
      return `Trying again in ${(event.delayMs / 1000).toFixed(1)} s (attempt ${event.attempt}), because: ${event.incident.message}`;
    case "stream_status": {
      const { stream, status, reason } = event.stream_status;
      const isBad = status === "failed" || status === "skipped" || status === "incomplete";
      return isBad ? `${stream}: ${status}${reason === undefined ? "" : `: ${reason}`}` : undefined;
    }
    case "committed":
      return undefined;
  }
}

function progressText({ streams, totals }: Payload<"progress">): string {
  const all = Object.values(streams);
  const complete = all.filter(({ status }) => status === "complete").length;
  const number = (value: number) => value.toLocaleString("en");
  return `${number(totals.read)} records read, ${number(totals.committed)} committed, ${number(totals.rows_per_second)} a second; ${lagText(totals) ?? `${complete} of ${all.length} streams complete`}`;
}
