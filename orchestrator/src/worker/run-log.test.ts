import type { Summary } from "@sluice/runner";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { LogLine } from "../store/runs.ts";
import { RunLog } from "./run-log.ts";

const STREAMS = Array.from({ length: 108 }, (_, index) => `stream_${index}`);

function newLog() {
  const lines: LogLine[] = [];
  return { lines, log: new RunLog((line) => lines.push(line)) };
}

function streamsOf(status: Summary["streams"][string]["status"], read = 0): Summary["streams"] {
  const rejected = Math.min(read, 34);
  const counts = { read, committed: read, bytes: 0, written: 0, skipped: 0, deleted: 0, rejected };
  return Object.fromEntries(STREAMS.map((stream) => [stream, { status, ...counts }]));
}

function summary(changes: Partial<Summary>): Summary {
  const counts = { attempts: 1, states_saved: 0, duration_ms: 61_000 };
  const ids = { run_id: "r", pipeline_id: "p", next: "" };
  return { exit_code: 0, status: "succeeded", streams: {}, failure: null, ...counts, ...ids, ...changes };
}

test("however often progress comes, a stream's beginning and end are told once, and its last counts", () => {
  const running = fc.integer({ min: 0, max: 1e6 }).map((read) => streamsOf("running", read));
  fc.assert(
    fc.property(fc.array(running, { minLength: 1 }), (progresses) => {
      const { lines, log } = newLog();
      log.planned({ source: "s 1", destination: "d 1", streams: [] });
      for (const streams of progresses) log.progress({ streams });
      const streams = streamsOf("complete", 1234);
      log.progress({ streams });
      log.ended(summary({ streams }));
      expect(lines).toHaveLength(2 * STREAMS.length + 2);
      expect(lines.filter(({ stream }) => stream === "stream_7").map(({ message }) => message)).toEqual([
        "Begins with a part of it.",
        "Complete: 1,234 read, 1,200 stored, 34 rejected.",
      ]);
      expect(lines.at(-1)?.message).toBe(
        "Succeeded after 61.0 s: 108 of 108 streams complete, 133,272 read, 129,600 stored, 3,672 rejected.",
      );
    }),
    { numRuns: 20 },
  );
});

test("that a connector was cut short is an error, unless the run was to stop", () => {
  const cut = { level: "error", side: "destination", message: "The input ended early." } as const;
  const { lines, log } = newLog();
  log.said(cut);
  log.stopping("it was cancelled");
  log.said(cut);
  log.ended(summary({ status: "stopped", streams: streamsOf("waiting") }));
  expect(lines.map(({ level }) => level)).toEqual(["error", "info", "info", "info"]);
  // one that fails while it stops has failed
  const failure = { side: "destination", failure_type: "data", message: "It is full." } as const;
  log.ended(summary({ status: "failed", failure }));
  expect(lines.at(-1)).toMatchObject({
    level: "error",
    message: expect.stringMatching(/destination, data: It is full\.$/),
  });
});

test("a stream that fails says why, once, although it is told by the source and by the destination", () => {
  const { lines, log } = newLog();
  for (let count = 0; count < 2; count += 1) log.missed({ stream: "a", status: "failed", reason: "It is gone." });
  log.missed({ stream: "b", status: "skipped" });
  expect(lines).toEqual([
    { level: "error", side: "runner", stream: "a", message: "Failed: It is gone." },
    { level: "info", side: "runner", stream: "b", message: "Skipped." },
  ]);
});
