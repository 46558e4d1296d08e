import { afterAll, expect, test } from "vitest";
import { referenceCommand, referencePlan } from "../fixtures/reference-plans.ts";
import { startReferenceServices } from "../fixtures/reference-services.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import type { Kind } from "../kit/check.ts";
import { runKit } from "../kit/kit.ts";
import { destinationDefects } from "../reference/defects/destination-defects.ts";
import { sourceDefects } from "../reference/defects/source-defects.ts";
import { checks } from "./index.ts";

// Every check passes on the honest connector and fails on the one with its defect; without both it proves nothing.
const kinds: readonly Kind[] = ["source", "destination"];
const SEED = Number(process.env["KIT_SEED"] ?? 1);
/** Defects that are crashes. */
const CRASHES = ["K1", "R8"];
/** Beside other tests it takes a while. */
const LONG_MS = 300_000;
/** What never comes is waited for so long. */
const DEADLINE_MS = 6000;

/** What else a check must find: a defect with a name of its own, and what the check then says. */
const further = [
  {
    kind: "destination",
    id: "W2",
    name: "W2 of equal versions",
    defect: "lets the last of one version win",
    finds: /in two orders left different rows/,
  },
  {
    kind: "source",
    id: "R1",
    name: "R1 of versions",
    defect: "declares versions and sends none",
    finds: /is without a version/,
  },
  {
    kind: "destination",
    id: "F1",
    name: "F1 in overwrite",
    defect: "shows a refresh at its first state",
    finds: /Killed .* in overwrite the rows of the refresh before are not there/,
  },
] as const;

const services = await startReferenceServices();
afterAll(() => services[Symbol.asyncDispose]());

test.each(kinds)("each check for a %s has its defect, and no defect is without a check", (kind) => {
  const ids = checks.filter((check) => check.kinds.includes(kind)).map(({ id }) => id);
  const defects = Object.keys(kind === "source" ? sourceDefects : destinationDefects);
  const more = further.filter((each) => each.kind === kind).map(({ name }) => name);
  expect(defects.toSorted()).toEqual([...ids, ...more].toSorted());
});

test.each(kinds)(
  "every check passes on the honest reference %s, and each has a subject there",
  { timeout: LONG_MS },
  async (kind) => {
    const plan = await referencePlan(kind, await temporaryFolder(), services.plans[kind]);
    const report = await runKit({ ...plan, command: referenceCommand(kind), checks, seed: SEED });
    const others = report.results.filter(({ verdict }) => verdict !== "passed");
    expect(others).toEqual([]);
    expect(report.badge).toBe(2);
  },
);

const pairs = [
  ...kinds.flatMap((kind) =>
    checks
      .filter((check) => check.kinds.includes(kind))
      .map(({ id, defect }) => ({ kind, id, name: id, defect, finds: /./ })),
  ),
  ...further,
];

test.concurrent.for(pairs)("$id finds a $kind that $defect", { timeout: LONG_MS }, async (pair, context) => {
  const { kind, id, name, finds } = pair;
  const check = checks.filter((each) => each.id === id);
  const more = { ...services.plans[kind], deadline_ms: DEADLINE_MS, timings: "timings.json" };
  const plan = await referencePlan(kind, await temporaryFolder(context.onTestFinished), more);
  // only the speed is compared with an earlier run
  if (id === "T1") await runKit({ ...plan, command: referenceCommand(kind), checks: check, seed: SEED });
  const report = await runKit({ ...plan, command: referenceCommand(kind, name), checks: check, seed: SEED });
  const [result] = report.results;
  expect(result).toMatchObject({ verdict: "failed" });
  expect(result?.problems.join("\n")).toMatch(finds);
  // found for what it does, and not because it is broken altogether
  if (!CRASHES.includes(id))
    expect(result?.problems.join("\n")).not.toMatch(/Unexpected failure|exit code 1\b|nothing is proved/);
});

// its chance once had the other streams stored by their own states before the global one came
test.concurrent("A4 finds its defect with seed 219, too", { timeout: LONG_MS }, async ({ onTestFinished }) => {
  const plan = await referencePlan("destination", await temporaryFolder(onTestFinished), services.plans.destination);
  const alone = checks.filter(({ id }) => id === "A4");
  const report = await runKit({ ...plan, command: referenceCommand("destination", "A4"), checks: alone, seed: 219 });
  expect(report.results).toMatchObject([{ verdict: "failed" }]);
});
