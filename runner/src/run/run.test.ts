import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";

test("the example of docs/embedding.md runs, and says what it moved", async () => {
  const example = join(import.meta.dirname, "..", "fixtures", "embedded-run.ts");
  const { stdout } = await execa("node", ["--conditions=@sluice/source", example]);
  expect(stdout).toContain("complete");
  expect(stdout).toMatch(/0 2 \[ \{ id: 1, name: 'Ada' \}, \{ id: 2, name: 'Bea' \} \]$/);
});
