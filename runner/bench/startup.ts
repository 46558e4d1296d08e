import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { alternate, type Bench, type Figure } from "@sluice/evidence";

const ROOT = join(import.meta.dirname, "..", "..");
const GOAL = { atMost: 4 };
/** A start is short, so it is measured more often than what takes seconds. */
const STARTS_PER_ROUND = 4;

const PROGRAMS = {
  "sluice --version": ["runner/bin/sluice.js", "--version"],
  "source-stripe spec": ["connectors/source-stripe/bin/source-stripe.js", "spec"],
  "destination-postgres spec": ["connectors/destination-postgres/bin/destination-postgres.js", "spec"],
  "source-stripe spec, the single file": ["connectors/source-stripe/dist/source-stripe.mjs", "spec"],
};

/** What it takes to start a program. */
export const bench: Bench = {
  measures: "Programs as they are built, started to do next to nothing, against `node -e 0`.",
  async *run({ rounds }): AsyncIterable<Figure> {
    const contenders = { floor: started(["-e", "0"]) } as Record<string, () => Promise<{ wallMs: number }>>;
    for (const [name, args] of Object.entries(PROGRAMS)) contenders[name] = started(args);
    const times = await alternate(rounds * STARTS_PER_ROUND, contenders);
    const floor = times["floor"]?.wallMs ?? NaN;
    for (const name of Object.keys(PROGRAMS))
      yield { figure: name, value: times[name]?.wallMs ?? NaN, floor, unit: "ms", goal: GOAL };
  },
};

function started(args: readonly string[]): () => Promise<{ wallMs: number }> {
  return async () => {
    const startedAtMs = performance.now();
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "ignore", "pipe"] });
    if (status !== 0) throw new Error(`${args.join(" ")} ended with exit code ${status}: ${stderr.toString()}`);
    return { wallMs: performance.now() - startedAtMs };
  };
}
