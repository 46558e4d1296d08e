import { z } from "zod";
import { LogLine, Run, TriggerOptions } from "./schemas.ts";
import { pageAnswer } from "./pages.ts";

const Time = z.date().describe("ISO 8601, UTC.");

export const DeadLetter = z
  .object({
    number: z.int().describe("Rejected records of a run are numbered from 1; the first 1,000 are kept."),
    rejected_at: Time,
    stream: z.string(),
    reason: z.string(),
    line: z
      .string()
      .nullable()
      .describe(
        "The rejected message with the record, as the line that it came on; null when it was too long to keep.",
      ),
  })
  .meta({ id: "DeadLetter" });

export const RunSample = z
  .object({
    at: Time,
    read: z.number().describe("Records of all streams so far."),
    committed: z.number().describe("Of these, what the destination stored or rejected for good."),
    rows_per_second: z.number(),
    bytes_per_second: z.number(),
    lag_ms: z.number().nullable().describe("How far a live run is behind."),
  })
  .meta({ id: "RunSample" });

export const LogPage = pageAnswer(LogLine).extend({
  first_error: z
    .int()
    .nullable()
    .describe("Number of the first line of level error of those that are kept; null when there is none."),
});

export const RetryOptions = TriggerOptions.describe("What is to be other than in the run before.");

export const Worker = z
  .object({
    name: z.string(),
    concurrency: z.int().describe("Runs that it takes at the same time."),
    started_at: Time,
    seen_at: Time,
    run_ids: z.array(z.string()),
  })
  .meta({ id: "Worker" });

export const WaitingRuns = pageAnswer(Run).extend({
  count: z.int().describe("How many wait altogether."),
});
