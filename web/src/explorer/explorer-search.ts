import { z } from "zod";

/** Whose recording the explorer opens as it comes up, by the id of the run. */
export const ExplorerSearch = z.object({ recording: z.string().optional().catch(undefined) });
