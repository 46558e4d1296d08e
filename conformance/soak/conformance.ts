import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Soak } from "@sluice/evidence";
import { checks } from "../src/checks/index.ts";
import { referenceCommand, referencePlan } from "../src/fixtures/reference-plans.ts";
import type { Kind } from "../src/kit/check.ts";
import { runKit } from "../src/kit/kit.ts";

const TURNS = 50;
/** A seed tries one part of the checks, so that so many seeds are a turn. */
const PARTS = 8;
const KINDS: readonly Kind[] = ["source", "destination"];
const DEADLINE_MS = 8000;
/** It compares speeds, which say nothing beside other work; the tests try it. */
const NOT_TRIED = "T1";

/** Every planted defect, and every check on the honest connectors, fifty times with other seeds. */
export const soak: Soak = {
  proves:
    "The conformance kit finds every planted defect and passes the honest reference connectors, whatever the seed of its random choices is.",
  seeds: TURNS * PARTS,
  sampleSeeds: 1,
  async open({ note }) {
    const folder = await mkdtemp(join(tmpdir(), "sluice-soak-conformance-"));
    return {
      async prove(seed) {
        const chosen = checks.filter(({ id }, index) => index % PARTS === seed % PARTS && id !== NOT_TRIED);
        let cases = 0;
        for (const kind of KINDS) {
          const place = await mkdtemp(join(folder, `${kind}-`));
          const honest = await referencePlan(kind, place);
          const report = await runKit({ ...honest, command: referenceCommand(kind), checks: chosen, seed });
          const wrong = report.results.filter(({ verdict }) => verdict !== "passed");
          if (wrong.length > 0) throw new Error(`The honest ${kind} fails: ${JSON.stringify(wrong)}`);
          const patient = await referencePlan(kind, place, { deadline_ms: DEADLINE_MS });
          for (const check of chosen.filter(({ kinds }) => kinds.includes(kind))) {
            const command = referenceCommand(kind, check.id);
            const [result] = (await runKit({ ...patient, command, checks: [check], seed })).results;
            if (result?.verdict !== "failed")
              throw new Error(`The ${kind} that ${check.defect} is ${result?.verdict}.`);
            cases += 1;
          }
          cases += report.results.length;
          await rm(place, { recursive: true });
        }
        note(`seed ${seed}: ${cases} cases held`);
        return cases;
      },
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    };
  },
};
