import { z } from "zod";

/** Which stream's state is shown. */
export const StatesSearch = z.object({ stream: z.string().optional().catch(undefined) });
