import type { Soak } from "@sluice/evidence";
import { startPostgres } from "@sluice/postgres-kit/server";
import { isFlaw, reportOf, testedConnectors } from "../conformance-levels.ts";

const TURNS = 50;
/** The kit mostly waits for processes. */
const AT_ONCE = 3;

/** Every connector of this repository against the kit, each seed a whole run with other random choices. */
export const soak: Soak = {
  proves:
    "Every connector of this repository, the two in Python included, passes every check of the conformance kit at its highest level without an exemption, fifty times with other seeds.",
  seeds: TURNS,
  // the tests run the whole of it, and compare what the pages say
  sampleSeeds: 0,
  async open({ note }) {
    const given = process.env["DATABASE_URL"];
    const postgres = given === undefined ? await startPostgres() : undefined;
    process.env["DATABASE_URL"] = given ?? postgres?.url;
    return {
      async prove(seed) {
        let cases = 0;
        const waiting = testedConnectors.values();
        const work = async () => {
          for (const tested of waiting) {
            const { results } = await reportOf(tested, seed);
            const flaws = results.filter(isFlaw);
            if (flaws.length > 0) throw new Error(`${tested.name}: ${JSON.stringify(flaws)}`);
            cases += results.filter(({ verdict }) => verdict === "passed").length;
          }
        };
        await Promise.all(Array.from({ length: AT_ONCE }, work));
        note(`seed ${seed}: ${cases} checks passed`);
        return cases;
      },
      async [Symbol.asyncDispose]() {
        await postgres?.stop();
      },
    };
  },
};
