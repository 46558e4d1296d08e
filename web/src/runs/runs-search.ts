import { z } from "zod";
import { RUN_STATUSES } from "./run-words.ts";

/** What a list of runs is narrowed by, in its address, so that it can be kept and shared. */
export const RunsSearch = z.object({
  status: z.enum(RUN_STATUSES).optional().catch(undefined),
  pipeline: z.string().optional().catch(undefined),
});
export type RunsSearch = z.infer<typeof RunsSearch>;
