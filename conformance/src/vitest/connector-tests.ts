import { afterAll, describe, test } from "vitest";
import { checks } from "../checks/index.ts";
import { Kit } from "../kit/kit.ts";
import { loadPlan } from "../kit/plan.ts";
import { resultText } from "../kit/report-text.ts";
import { isFailure } from "../kit/report.ts";

const DEFAULT_SEED = 1;
/** A check ends by itself, each of its waits at the plan's deadline. */
const LONG_MS = 600_000;

/** What to test: how the connector is started, and the plan as `sluice test --plan` takes it. */
export type ConnectorTests = {
  command: readonly string[];
  /** The path of a file of JSON. */
  plan?: string;
  /** These checks only, by their ids. */
  only?: readonly string[];
  /** Whatever is chosen at random follows from it; 1 unless it is given. */
  seed?: number;
};

/**
 * Defines a test of vitest for each check of the kit that is for a connector; to be awaited at the top of a test file. A
 * check without a subject in the connector is skipped with its reason, and so is one that the plan exempts. Throws
 * `config` for a program that is no connector, and for a plan that cannot be used.
 */
export async function testConnector({ command, plan, only, seed = DEFAULT_SEED }: ConnectorTests): Promise<void> {
  const held = checks.filter(({ level }) => level < 3);
  const options = { ...loadPlan(plan, {}), command, checks: held, seed };
  const kit = await Kit.open(only === undefined ? options : { ...options, only });
  describe(`${kit.name} keeps the protocol`, () => {
    afterAll(() => kit[Symbol.asyncDispose]());
    test.concurrent.for(kit.checks)("$id: $title", { timeout: LONG_MS }, async (check, { skip }) => {
      const result = await kit.judge(check);
      if (isFailure(result)) throw new Error(resultText(result));
      skip(result.verdict !== "passed", result.notes[0]);
    });
  });
}
