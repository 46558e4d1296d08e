import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Soak } from "@sluice/evidence";
import { faultCases, faultProblems } from "../src/runner/fault-run.ts";

const AT_ONCE = 2;
/** A seed runs one part of the cases, so that so many seeds are a round. */
const PARTS = 14;

/** Every fault of both sides, through `sluice run`, twenty times. */
export const soak: Soak = {
  proves:
    "Whatever a connector does wrong, `sluice run` accounts for every row or fails and says which side failed first and why, without an uncaught exception.",
  seeds: 20 * PARTS,
  sampleSeeds: 1,
  async open({ note }) {
    const folder = await mkdtemp(join(tmpdir(), "sluice-soak-runner-"));
    return {
      async prove(seed) {
        const cases = faultCases().filter((_, index) => index % PARTS === seed % PARTS);
        const waiting = cases.entries();
        const problems: string[] = [];
        const worker = async () => {
          for (const [index, each] of waiting) {
            const place = await mkdtemp(join(folder, `${seed}-${index}-`));
            const found = await faultProblems(place, each);
            problems.push(...found.map((problem) => `${each.role} ${each.fault} (${each.kind}): ${problem}`));
            await rm(place, { recursive: true });
          }
        };
        await Promise.all(Array.from({ length: AT_ONCE }, worker));
        if (problems.length > 0) throw new Error(problems.join("\n"));
        note(`seed ${seed}: ${cases.length} cases held`);
        return cases.length;
      },
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    };
  },
};
