import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Soak } from "@sluice/evidence";
import { checks } from "../src/checks/index.ts";
import { referenceCommand, referencePlan } from "../src/fixtures/reference-plans.ts";
import { startReferenceServices, type ReferenceServices } from "../src/fixtures/reference-services.ts";
import type { Check, Kind } from "../src/kit/check.ts";
import { runKit } from "../src/kit/kit.ts";

const TURNS = 50;
/** A seed tries one part of the checks, so that so many seeds are a turn, and each check has fifty seeds in the end. */
const PARTS = 8;
/** Of a kind. What never comes is waited for, so that so many at a time keep two processors busy. */
const AT_ONCE = 2;
const KINDS: readonly Kind[] = ["source", "destination"];
const DEADLINE_MS = 8000;
/** Compared with an earlier run, which the honest connector makes first. */
const COMPARED = "T1";

/** Every planted defect, and every check on the honest connectors, fifty times with other seeds. */
export const soak: Soak = {
  proves:
    "The conformance kit finds every planted defect, and passes the honest reference connectors in every check, fifty times each with other seeds of its random choices.",
  seeds: TURNS * PARTS,
  // the tests of the checks try all of them with one seed
  sampleSeeds: 0,
  concurrency: 3,
  async open() {
    const folder = await mkdtemp(join(tmpdir(), "sluice-soak-conformance-"));
    const services = await startReferenceServices();
    return {
      async prove(seed) {
        const chosen = checks.filter((_, index) => index % PARTS === seed % PARTS);
        const proveOne = async (kind: Kind) => {
          const place = await mkdtemp(join(folder, `${kind}-`));
          const held = await proveKind({ kind, chosen, seed, place, services });
          await rm(place, { recursive: true });
          return held;
        };
        const held = await Promise.all(KINDS.map(proveOne));
        const cases = held.reduce((sum, count) => sum + count, 0);
        return cases;
      },
      async [Symbol.asyncDispose]() {
        await services[Symbol.asyncDispose]();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
};

type Part = { kind: Kind; chosen: readonly Check[]; seed: number; place: string; services: ReferenceServices };

/** Resolves to how many cases held; throws at the first that did not. */
async function proveKind({ kind, chosen, seed, place, services }: Part): Promise<number> {
  const compared = { timings: "timings.json" };
  const honest = await referencePlan(kind, place, { ...services.plans[kind], ...compared });
  const report = await runKit({ ...honest, command: referenceCommand(kind), checks: chosen, seed });
  const wrong = report.results.filter(({ verdict }) => verdict !== "passed");
  if (wrong.length > 0) throw new Error(`The honest ${kind} fails: ${JSON.stringify(wrong)}`);
  const defects = chosen.filter(({ kinds }) => kinds.includes(kind));
  const patient = await referencePlan(kind, place, { ...services.plans[kind], deadline_ms: DEADLINE_MS });
  const waiting = defects.values();
  const work = async () => {
    for (const check of waiting) {
      const command = referenceCommand(kind, check.id);
      const plan = check.id === COMPARED ? honest : patient;
      const [result] = (await runKit({ ...plan, command, checks: [check], seed })).results;
      if (result?.verdict !== "failed") throw new Error(`The ${kind} that ${check.defect} is ${result?.verdict}.`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return report.results.length + defects.length;
}
