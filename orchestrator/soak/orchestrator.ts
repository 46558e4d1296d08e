import type { Soak } from "@sluice/evidence";
import fc from "fast-check";
import { EVERY_SERVICE, faultScenarios, playFaults } from "../src/fixtures/fault-scenario.ts";

/** An API and two workers as processes, while what they need fails. */
export const soak: Soak = {
  proves:
    "With an API and workers as processes of their own, which are killed and ended while they run pipelines and take webhooks that come in bursts, twice and out of order, a Redis that is emptied and restarted, a Postgres that is restarted, a clock that is set by an hour, and 200 pipelines that are due in one second: each pipeline's table equals its source, no event that was accepted is missing, every run that was accepted ends, none is shown as succeeded that was not, no instant of a pipeline has two, and no secret stands in a table, in Redis, in what the programs say or in the list of processes.",
  seeds: 20,
  sampleSeeds: 1,
  async open({ note }) {
    return {
      async prove(seed) {
        const [scenario = EVERY_SERVICE] = seed === 1 ? [] : fc.sample(faultScenarios, { seed, numRuns: 1 });
        const problems = await playFaults(scenario);
        const told = scenario.faults.map(({ fault }) => fault).join(", ");
        if (problems.length > 0) throw new Error(`${scenario.kind}, ${told}: ${problems.join("; ")}`);
        note(`seed ${seed}: ${scenario.kind}, ${told}: held`);
        return scenario.faults.length;
      },
      async [Symbol.asyncDispose]() {},
    };
  },
};
