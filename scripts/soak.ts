import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Soak } from "@sluice/evidence";
import { runCommand, wholeNumber } from "./evidence/command.ts";
import { HeldSeeds } from "./evidence/held-seeds.ts";
import { findModules, loadModule, selectModules, type EvidenceModule } from "./evidence/modules.ts";
import { partOf, writePart } from "./evidence/page.ts";
import { proofsPart } from "./evidence/proof.ts";

// Runs the long proofs of the repository it is run in: all, or those named. Writes docs/proofs.md.
const USAGE = `Usage: npm run soak -- [NAME…] [--seeds N] [--seed S]

  --seeds N    how many seeds; fewer than the proof asks for are a sample, which is not written down
  --seed S     the first one (1); alone it means this one seed, to repeat a failure
  --resume     go on with a proof that was cut short, at the same commit
  --list       print the names`;
const PROGRESS_MS = 10_000;

const root = process.cwd();

await runCommand(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seeds: { type: "string" },
      seed: { type: "string" },
      resume: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const modules = findModules(root, "soak");
  const options = {
    firstSeed: values.seed === undefined ? undefined : wholeNumber("--seed", values.seed),
    seeds: values.seeds === undefined ? undefined : wholeNumber("--seeds", values.seeds),
    resume: values.resume,
  };
  if (values.help) console.log(USAGE);
  else if (values.list) for (const { name } of modules) console.log(name);
  else for (const module of selectModules(modules, positionals)) await prove(module, options);
});

type Options = { firstSeed: number | undefined; seeds: number | undefined; resume: boolean };
type Seeds = { firstSeed: number; seeds: number; known: HeldSeeds };

async function prove(module: EvidenceModule, options: Options): Promise<void> {
  const { name } = module;
  const soak = await loadModule<Soak>(root, module, "soak");
  const firstSeed = options.firstSeed ?? 1;
  const seeds = options.seeds ?? (options.firstSeed === undefined ? soak.seeds : 1);
  const known = HeldSeeds.open(root, name, options);
  const cases = await casesOf(name, soak, { firstSeed, seeds, known });
  if (cases === undefined) {
    process.exitCode = 1;
    return;
  }
  const { seconds } = known;
  console.log(`${name}: ${cases} cases of ${seeds} seeds held, in ${seconds.toFixed(1)} s.`);
  if (seeds < soak.seeds) return;
  const path = join(root, "docs", "proofs.md");
  const current = partOf(readFileSync(path, "utf8"), "proofs");
  await writePart(path, proofsPart(current, { name, proves: soak.proves, cases, firstSeed, seeds, seconds }));
}

/** Resolves to how many cases held, or to undefined once a seed did not; those under way are still waited for. */
async function casesOf(name: string, soak: Soak, { firstSeed, seeds, known }: Seeds): Promise<number | undefined> {
  await using session = await soak.open({ note: (message) => process.stderr.write(`${name}: ${message}\n`) });
  const end = firstSeed + seeds;
  let [next, held, cases] = [firstSeed, 0, 0];
  let hasFailed = false;
  let told = performance.now();
  const worker = async () => {
    while (next < end && !hasFailed) {
      const seed = next;
      next += 1;
      try {
        const before = known.casesOf(seed);
        const proved = before ?? (await session.prove(seed));
        if (before === undefined) known.add(seed, proved);
        cases += proved;
        held += 1;
      } catch (error) {
        hasFailed = true;
        console.log(`${name}: seed ${seed} failed: ${error instanceof Error ? error.stack : String(error)}`);
        console.log(`${name}: repeat it with: npm run soak -- ${name} --seed ${seed}`);
      }
      if (performance.now() - told < PROGRESS_MS) continue;
      told = performance.now();
      console.log(`${name}: ${held} of ${seeds} seeds, ${cases} cases`);
    }
  };
  await Promise.all(Array.from({ length: soak.concurrency ?? 1 }, worker));
  if (hasFailed) return undefined;
  return cases;
}
