import { z } from "zod";
import { RunOptions } from "../pipelines/settings.ts";

const Id = z.string();
const Time = z.date().describe("ISO 8601, UTC.");

const timing = {
  cron: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Five fields, such as "0 6 * * 1-5", or six with seconds first. Give this or every_s.'),
  time_zone: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe("Of the cron expression, such as Europe/Berlin; UTC by default."),
  every_s: z.int().min(1).max(31_536_000).optional().describe("Every so many seconds, counted from when it was made."),
};

/** A schedule as it is given: either a cron expression or an interval. */
export const NewSchedule = z
  .strictObject({
    ...timing,
    options: RunOptions.default({}).describe("What its runs ask for besides what the pipeline says."),
    priority: z.int().min(1).max(9).default(5).describe("Smaller ones begin first; runs by hand have 1."),
  })
  .refine(({ cron, every_s: every }) => (cron === undefined) !== (every === undefined), {
    message: "give either cron or every_s",
  })
  .refine(({ cron, time_zone: zone }) => cron !== undefined || zone === undefined, {
    message: "a time zone is for a cron expression",
  });

export const Schedule = z
  .object({
    id: Id,
    pipeline_id: Id,
    cron: z.string().nullable(),
    time_zone: z.string().nullable(),
    every_s: z.int().nullable(),
    options: z.record(z.string(), z.unknown()),
    priority: z.int(),
    version: z.int(),
    created_at: Time,
    updated_at: Time,
    paused: z.boolean().describe("Whether its pipeline is paused."),
    next_runs: z.array(Time).describe("The next five instants at which it runs; none while its pipeline is paused."),
    failures: z.int().describe("Runs of its pipeline that failed since the last one that did not."),
    held_back_until: Time.nullable().describe("Until when nothing begins because the last runs failed."),
    held_back_because: z.string().nullable(),
    skipped_at: Time.nullable().describe("The last instant at which nothing began."),
    skipped_because: z.string().nullable(),
  })
  .meta({ id: "Schedule" });
