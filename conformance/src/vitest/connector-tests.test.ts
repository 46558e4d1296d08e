import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { referenceCommand } from "../fixtures/reference-plans.ts";
import { testConnector } from "./index.ts";

// a plan is only needed for checks that look behind the connector
await testConnector({ command: referenceCommand("destination"), only: ["S3", "S5"] });

test("a check that fails is a test that fails, with what to do", async () => {
  const script = join(import.meta.dirname, "fixtures", "run-defective.ts");
  const { exitCode, stdout, stderr } = await execa(process.execPath, [script], { reject: false });
  expect({ exitCode, told: stdout + stderr }).toEqual({
    exitCode: 1,
    told: expect.stringContaining("→ Give each alternative"),
  });
  expect(stdout).toContain("1 failed | 1 passed");
});
