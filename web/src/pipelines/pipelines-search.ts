import { z } from "zod";

export const HEALTHS = ["new", "healthy", "partial", "failing", "paused"] as const;

/** What the list of pipelines is narrowed by, in its address, so that it can be kept and shared. */
export const PipelinesSearch = z.object({
  q: z.string().optional().catch(undefined),
  health: z.enum(HEALTHS).optional().catch(undefined),
});
