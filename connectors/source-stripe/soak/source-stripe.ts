import type { Soak } from "@sluice/evidence";
import { Random } from "../src/fixtures/random.ts";
import { playScenario } from "../src/fixtures/scenario.ts";

export const soak: Soak = {
  proves:
    "An account that changes while it is read, with requests that break, hang, are limited or refused in every way that the emulator knows, and reads that are killed (a part of them processes, by kill -9) and resumed from any printed state, is complete in the end: no object missing, none too many, each as it is at Stripe. A quarter of the stories are of several accounts, which are deauthorised and connected again meanwhile.",
  seeds: 500,
  sampleSeeds: 8,
  open: async () => ({
    prove: (seed: number) => playScenario(new Random(seed)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }),
};
