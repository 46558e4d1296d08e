import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Bench } from "@sluice/evidence";
import { runCommand, wholeNumber } from "./evidence/command.ts";
import { benchPart, figureCells, jsonLine, judge, type JudgedFigure } from "./evidence/figure.ts";
import { findModules, loadModule, selectModules, type EvidenceModule } from "./evidence/modules.ts";
import { writePart } from "./evidence/page.ts";

// Measures the benches of the repository it is run in: all, or those named. Writes docs/benchmarks.md.
const USAGE = `Usage: npm run bench -- [NAME…] [--json] [--rounds N] [--no-write]

  --json       print one line a figure, for programs
  --rounds N   let each contender run N times (5)
  --no-write   leave docs/benchmarks.md as it is
  --list       print the names`;

const root = process.cwd();

await runCommand(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      rounds: { type: "string", default: "5" },
      "no-write": { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const modules = findModules(root, "bench");
  const options = { json: values.json, rounds: wholeNumber("--rounds", values.rounds), write: !values["no-write"] };
  if (values.help) console.log(USAGE);
  else if (values.list) for (const { name } of modules) console.log(name);
  else for (const module of selectModules(modules, positionals)) await measure(module, options);
});

type Options = { json: boolean; rounds: number; write: boolean };

async function measure(module: EvidenceModule, { json, rounds, write }: Options): Promise<void> {
  const bench = await loadModule<Bench>(root, module, "bench");
  const note = (message: string) => process.stderr.write(`${module.name}: ${message}\n`);
  const figures: JudgedFigure[] = [];
  try {
    for await (const figure of bench.run({ rounds, note })) {
      const judged = judge(figure);
      figures.push(judged);
      console.log(json ? jsonLine(module.name, judged) : [module.name, ...figureCells(judged)].join("  "));
    }
  } catch (error) {
    // the others are still worth measuring
    note(`not measured: ${error instanceof Error ? error.stack : String(error)}`);
    process.exitCode = 1;
    return;
  }
  if (!write) return;
  await writePart(join(root, "docs", "benchmarks.md"), benchPart(module.name, bench.measures, figures));
}
