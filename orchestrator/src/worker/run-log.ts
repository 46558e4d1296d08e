import type { Payload } from "@sluice/protocol";
import type { Summary } from "@sluice/runner";
import { storedRecords } from "../client/stored-records.ts";
import type { LogLine, StoredRun } from "../store/runs.ts";
import type { PlanNotice, RetryNotice } from "./assignment.ts";

type Counts = Pick<Summary["streams"][string], "read" | "committed" | "rejected">;
type Streams = Readonly<Record<string, Counts & { status: string }>>;

const BEGINNINGS = {
  full: "Begins with all of it.",
  increment: "Begins with what is new.",
  part: "Begins with a part of it.",
} as const;
const OUTCOMES = {
  succeeded: ["info", "Succeeded"],
  partial: ["warn", "Ended with some streams incomplete"],
  stopped: ["info", "Stopped"],
  failed: ["error", "Failed"],
} as const;

/**
 * Tells in a run's log what a person looks for there: who carries it out, each stream's beginning and end, what was tried
 * again and why, and how it ended. Nothing is told of single batches, so that the lines grow with the streams only.
 */
export class RunLog {
  readonly #write: (line: LogLine) => void;
  /** How each stream ended, as far as it was told; undefined for one that has begun. */
  readonly #told = new Map<string, string | undefined>();
  #extents = new Map<string, keyof typeof BEGINNINGS>();
  #isEnding = false;

  constructor(write: (line: LogLine) => void) {
    this.#write = write;
  }

  /** A worker has taken the run, as it is from before. */
  taken({ failed_attempts: failed, progress, summary }: StoredRun, worker: string): void {
    const because = summary?.failure === null || summary === null ? "" : `: ${summary.failure.message}`;
    const how =
      failed > 0
        ? `begins attempt ${failed + 1}, since the one before failed${because}`
        : progress === null
          ? "begins it."
          : "goes on with what another one began.";
    this.#tell("info", "orchestrator", `The worker ${worker} ${how}`);
  }

  planned({ source, destination, streams }: PlanNotice): void {
    this.#extents = new Map(streams.map(({ stream, extent }) => [stream, extent]));
    const what = streams.length === 1 ? "1 stream" : `${number(streams.length)} streams`;
    this.#tell("info", "runner", `${source} reads ${what}, ${destination} stores them.`);
  }

  /** A connector says something. Its complaint that it was stopped is no error of a run that is to stop. */
  said(line: LogLine): void {
    this.#write(this.#isEnding && line.level === "error" ? { ...line, level: "info" } : line);
  }

  retry({ attempt, delay_ms: delayMs, message }: RetryNotice): void {
    this.#tell("warn", "runner", `Attempt ${attempt} begins in ${Math.round(delayMs)} ms, because: ${message}`);
  }

  progress({ streams }: { streams: Streams }): void {
    for (const [stream, counts] of Object.entries(streams)) {
      if (counts.status !== "waiting") this.#begun(stream);
      if (counts.status === "complete") this.#ended(stream, "complete", `Complete: ${countWords(counts)}.`);
    }
  }

  /** A stream is failed or skipped. */
  missed({ stream, status, reason }: Payload<"stream_status">): void {
    const because = reason === undefined ? "." : `: ${reason}`;
    this.#ended(stream, status, status === "failed" ? `Failed${because}` : `Skipped${because}`);
  }

  /** It is to stop in order, for a reason in words. */
  stopping(because: string): void {
    this.#isEnding = true;
    this.#tell("info", "orchestrator", `It is to stop: ${because}.`);
  }

  ended({ status, streams, failure, duration_ms: durationMs }: Summary): void {
    // what came too late for a progress
    this.progress({ streams });
    const all = Object.values(streams);
    const sum = (name: keyof Counts) => all.reduce((total, each) => total + each[name], 0);
    const counts = countWords({ read: sum("read"), committed: sum("committed"), rejected: sum("rejected") });
    const complete = all.filter((each) => each.status === "complete").length;
    const [level, word] = OUTCOMES[status];
    const what = `${number(complete)} of ${number(all.length)} streams complete, ${counts}.`;
    const because = failure === null ? "" : ` ${failure.side}, ${failure.failure_type}: ${failure.message}`;
    this.#tell(level, "runner", `${word} after ${(durationMs / 1000).toFixed(1)} s: ${what}${because}`);
  }

  #begun(stream: string): void {
    if (this.#told.has(stream)) return;
    this.#told.set(stream, undefined);
    const words = BEGINNINGS[this.#extents.get(stream) ?? "part"];
    this.#write({ level: "info", side: "runner", stream, message: words });
  }

  #ended(stream: string, status: string, message: string): void {
    if (this.#told.get(stream) === status) return;
    this.#told.set(stream, status);
    this.#write({ level: status === "failed" ? "error" : "info", side: "runner", stream, message });
  }

  #tell(level: LogLine["level"], side: string, message: string): void {
    this.#write({ level, side, message });
  }
}

function countWords(counts: Counts): string {
  return `${number(counts.read)} read, ${number(storedRecords(counts))} stored, ${number(counts.rejected)} rejected`;
}

function number(count: number): string {
  return count.toLocaleString("en");
}
