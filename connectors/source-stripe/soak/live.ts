import type { Soak } from "@sluice/evidence";
import { playLiveStory } from "../src/fixtures/live-story.ts";
import { Random } from "../src/fixtures/random.ts";

const CHANGES = 500;
const SAMPLE_CHANGES = 100;

export const soak: Soak = {
  proves:
    "An account that changes while it is read live, with events that are pushed twice, late, out of order or never, requests that break, sockets and sessions that end, and reads that are killed with what is not committed, is complete in the end, by webhooks, sockets or polls; and no event that was answered with 2xx is missing.",
  seeds: 100,
  sampleSeeds: 4,
  open: async () => ({
    prove: (seed: number) =>
      playLiveStory(new Random(seed), process.env["VITEST"] === undefined ? CHANGES : SAMPLE_CHANGES),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }),
};
