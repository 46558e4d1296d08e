import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { expect, test } from "vitest";
import { addRun } from "./run-command.ts";
import { addState } from "./state-command.ts";

const page = readFileSync(join(import.meta.dirname, "..", "..", "..", "docs", "runner.md"), "utf8");

test("docs/runner.md tells every option of sluice run, and none that there is not", () => {
  const program = new Command();
  addRun(program);
  const options = program.commands[0]?.options.map(({ flags }) => flags) ?? [];
  const [, section = ""] = page.split("## sluice run\n");
  const rows = (section.split("\n## ")[0] ?? "").split("\n").map((line) => line.split(" | ")[0] ?? "");
  const told = rows.flatMap((cell) => [...cell.matchAll(/`(--[^`]+)`/g)].map(([, flags]) => flags));
  expect(options.length).toBeGreaterThan(12);
  expect(new Set(told)).toEqual(new Set(options));
});

test("docs/runner.md tells every verb of sluice state", () => {
  const program = new Command();
  addState(program);
  const verbs = program.commands[0]?.commands.map((command) => command.name()) ?? [];
  expect(verbs).toHaveLength(5);
  for (const verb of verbs) expect(page).toContain(`\`sluice state ${verb} [pipeline]\``);
});
