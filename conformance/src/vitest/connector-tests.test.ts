import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { expect, test } from "vitest";

test("a check that fails is a test that fails, with what to do", async () => {
  const script = join(import.meta.dirname, "fixtures", "run-defective.ts");
  const { exitCode, stdout, stderr } = await execa(process.execPath, [script], { reject: false });
  expect({ exitCode, told: stdout + stderr }).toEqual({
    exitCode: 1,
    told: expect.stringContaining("→ Give each alternative"),
  });
  expect(stripVTControlCharacters(stdout)).toContain("1 failed | 1 passed");
});
