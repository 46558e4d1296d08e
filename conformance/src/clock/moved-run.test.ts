import { join } from "node:path";
import { expect, test } from "vitest";
import { checks } from "../checks/index.ts";
import { runKit } from "../kit/kit.ts";
import { loadPlan } from "../kit/plan.ts";

const PYTHON = join(import.meta.dirname, "..", "..", "examples", "python");

test("a program whose clock nothing moves is told so, and does not pass", async () => {
  const { plan, folder } = loadPlan(join(PYTHON, "source.json"), {});
  const { clock: _, ...others } = plan;
  const command = ["python3", join(PYTHON, "source.py")];
  const chosen = checks.filter(({ id }) => id === "L4");
  const { results } = await runKit({ plan: others, folder, command, checks: chosen, seed: 1 });
  expect(results).toMatchObject([
    { verdict: "failed", problems: [expect.stringContaining('say in the plan\'s "clock"')] },
  ]);
});
