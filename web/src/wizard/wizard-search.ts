import { z } from "zod";

export const STEPS = ["source", "destination", "streams", "review"] as const;
export type Step = (typeof STEPS)[number];

const text = z.string().optional().catch(undefined);

/** How far a new pipeline is, in the address: which connections were chosen, never what is in them. */
export const WizardSearch = z.object({
  step: z.enum(STEPS).optional().catch(undefined),
  source: text,
  destination: text,
});
