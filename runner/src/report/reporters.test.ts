import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { Output } from "@sluice/protocol/stdio";
import { expect, test } from "vitest";
import type { RunEvent } from "../run/run.ts";
import type { Summary } from "../run/summary.ts";
import { jsonReporter } from "./json-reporter.ts";
import { eventText, plainReporter } from "./plain-reporter.ts";

const EVIL = "\u001b]0;owned\u0007\u001b[2J\u001b[31mfake\npets: succeeded after 1 s.";

const events: RunEvent[] = [
  { type: "log", side: "source", log: { level: "warn", message: EVIL } },
  { type: "stream_status", stream_status: { stream: EVIL, status: "failed", reason: EVIL } },
];

const summary: Summary = {
  exit_code: 12,
  status: "failed",
  run_id: "run_1",
  pipeline_id: "pets",
  streams: {
    [EVIL]: { status: "failed", read: 1, bytes: 1, committed: 0, written: 0, skipped: 0, deleted: 0, rejected: 0 },
  },
  failure: { side: "source", failure_type: "transient", message: EVIL, stderr: EVIL },
  attempts: 1,
  states_saved: 0,
  duration_ms: 1000,
  next: `Look at ${EVIL}.`,
};

test("nothing that a connector says moves the cursor of a terminal, or looks like a line of the runner", async () => {
  let written = "";
  const reporter = plainReporter({ write: (each) => void (written += each), isShown: () => true });
  reporter.start(EVIL);
  for (const event of events) await reporter.event(event);
  await reporter.end(summary);
  expect(written).not.toMatch(/[^\P{Cc}\n\t]/u);
  expect(written).not.toMatch(/^pets: succeeded/m);
  expect(written).toContain("fake");
});

test("programs get every message on one line, word for word", async () => {
  const stream = new PassThrough();
  const reporter = jsonReporter(new Output(stream));
  for (const event of events) await reporter.event(event);
  await reporter.end(summary);
  stream.end();
  const lines = (await text(stream)).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { type: "log", log: { level: "warn", message: EVIL } },
    { type: "stream_status", stream_status: { stream: EVIL, status: "failed", reason: EVIL } },
    { type: "summary", summary },
  ]);
});

test("of a live run the lag is told, where others count the streams that are complete", () => {
  const totals = { read: 3, committed: 2, rejected: 0, rows_per_second: 1, bytes_per_second: 9 };
  const told = (more: { lag_ms?: number }) =>
    eventText({ type: "progress", progress: { streams: {}, totals: { ...totals, ...more } } }, () => true);
  expect(told({ lag_ms: 1234 })).toBe("3 records read, 2 committed, 1 a second; lag 1.2 s");
  expect(told({})).toContain("0 of 0 streams complete");
});
