import { join } from "node:path";
import { expect, test } from "vitest";
import { runnerFaults, runRunnerKit } from "./runner-kit.ts";

const SLUICE = `'${process.execPath}' '${join(import.meta.dirname, "..", "..", "..", "runner", "bin", "sluice.js")}' run`;
/** A runner that only joins the two: it does not look at what passes. */
const BARE_PIPE = "./source read --config source.json | ./destination write --config destination.json";
// `sluice test --runner "sluice run"` tries all of them, and the tests of the runner half of them each time.
const some = (...ids: string[]) => runnerFaults.filter(({ id }) => ids.includes(id));

test("sluice run stands what other programs do wrong", async () => {
  const faults = some(
    "source:honest",
    "source:skips_state",
    "destination:changes_state",
    "destination:ignores_sigterm",
  );
  const { results } = await runRunnerKit({ command: SLUICE, faults });
  expect(results.map(({ id, problems }) => ({ id, problems }))).toEqual(faults.map(({ id }) => ({ id, problems: [] })));
});

test("a runner that believes what it is told is found out", async () => {
  const faults = some("source:honest", "destination:exits_early", "destination:changes_state");
  const { results, badge } = await runRunnerKit({ command: BARE_PIPE, faults });
  expect(results.map(({ id, verdict }) => [id, verdict])).toEqual([
    ["source:honest", "passed"],
    ["destination:exits_early", "failed"],
    ["destination:changes_state", "failed"],
  ]);
  expect(badge).toBe(0);
});
