import { deepStrictEqual } from "node:assert/strict";
import type { Soak } from "@sluice/evidence";
import { loadWithFault, loadWithKill, PASSING_FAULTS } from "../src/fixtures/faulted-load.ts";

/** A fault, or the death of the process, at each request in turn, in every mode. */
export const soak: Soak = {
  proves:
    "kill -9 before or after any request to Google is carried out and a run behind it, and an error, a cut connection or an expired token at any request, give the same sheet in every mode.",
  seeds: 320,
  sampleSeeds: 2,
  async open() {
    const { requests, result } = await loadWithFault();
    return {
      async prove(seed) {
        const kinds = PASSING_FAULTS.length + 2;
        const afterRequests = Math.floor(seed / kinds) % requests;
        const fault = PASSING_FAULTS[seed % kinds];
        const when = seed % 2 === 0 ? "before" : "after";
        const loaded =
          fault === undefined
            ? await loadWithKill({ afterRequests, when })
            : await loadWithFault({ ...fault, afterRequests });
        deepStrictEqual(
          loaded.result,
          result,
          `seed ${seed}: ${JSON.stringify(fault ?? { kill: when })} at ${afterRequests}`,
        );
        return 1;
      },
      async [Symbol.asyncDispose]() {},
    };
  },
};
