import { Pipeline } from "@sluice/runner";
import { z } from "zod";

/** As in a sluice.yaml, without the two sides and without where the states are, which the server decides. */
export const PipelineSettings = Pipeline.omit({ source: true, destination: true, state: true }).partial();

/** What is asked of one run besides what its pipeline says. */
export const RunOptions = z.strictObject({
  select: z.array(z.string()).optional().describe("Only these streams; * stands for any part of a name."),
  full_refresh: z
    .union([z.literal(true), z.array(z.string()).min(1)])
    .optional()
    .describe("Begin all streams anew, or these."),
  limit: z.int().positive().optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
});
