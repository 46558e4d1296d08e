import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { checks } from "../checks/index.ts";
import { referenceCommand, referencePlan } from "../fixtures/reference-plans.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

const BIN = join(import.meta.dirname, "..", "..", "bin", "sluice-test.js");
const CHECKS = checks.filter(({ kinds }) => kinds.includes("source")).length;
const WHY = "The account of this test is made once and never changes, so there is nothing to compare with.";

async function kit(...args: string[]) {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [BIN, ...args], { reject: false });
  return { exitCode, stdout, stderr };
}

/** Writes the plan of the reference source into a folder, and resolves to its path. */
async function planFile(folder: string, more: object): Promise<string> {
  const { plan } = await referencePlan("source", folder);
  const path = join(folder, "plan.json");
  await writeFile(path, JSON.stringify({ ...plan, ...more }));
  return path;
}

test("a run of some checks earns no badge, with people and with machines, and exemptions are told with their reasons", async () => {
  const folder = await temporaryFolder();
  const plan = await planFile(folder, { exemptions: { D2: WHY } });
  const junit = join(folder, "report.xml");
  const ids = ["--only", "S1,D2,S3"];
  const people = await kit(
    "--plan",
    plan,
    ...ids,
    "--junit",
    junit,
    "--seed",
    "7",
    "--",
    ...referenceCommand("source"),
  );
  expect(people.exitCode).toBe(0);
  expect(people.stdout).toContain("✓ S1");
  expect(people.stdout).toContain(WHY);
  expect(people.stdout).toContain(`source-reference: 3 of ${CHECKS} checks were run, and there is no badge for a part`);
  const xml = await readFile(junit, "utf8");
  expect(xml).toContain(`name="badge" value="3 of ${CHECKS} checks`);
  expect(xml).toContain('tests="3" failures="0" skipped="1"');
  const { stdout } = await kit(...referenceCommand("source"), "--plan", plan, ...ids, "--json");
  expect(JSON.parse(stdout)).toMatchObject({ name: "source-reference", badge: null, exemptions: 1 });
});

test("a failure is told with what to do and how to repeat it, and ends with 1", async () => {
  const folder = await temporaryFolder();
  const plan = await planFile(folder, {});
  const { exitCode, stdout } = await kit(
    "--plan",
    plan,
    "--only",
    "S1",
    "--seed",
    "7",
    "--",
    ...referenceCommand("source", "S1"),
  );
  expect(exitCode).toBe(1);
  expect(stdout).toContain("✗ S1");
  expect(stdout).toContain("→ Print exactly one line");
  expect(stdout).toContain("not conformant");
  expect(stdout).toContain("--only S1 --seed 7");
});

test.each([
  ["a check that there is none of", 2, 'There is no check "X9"', ["--only", "X9", "some-connector"]],
  ["no connector", 2, "Say which connector", []],
  ["a program that there is none of", 10, "nowhere-to-be-found cannot be started (ENOENT)", ["nowhere-to-be-found"]],
  ["an option that there is none of", 2, "unknown option '--onyl'", ["some-connector", "--onyl", "S1"]],
  ["a program that is no connector", 10, "is no connector", ["/bin/true"]],
  ["a plan that is missing", 10, "cannot be read (ENOENT)", ["--plan", "/nowhere.json", "some-connector"]],
])("%s ends with %i and a sentence", async (_, code, says, args) => {
  expect(await kit(...args)).toMatchObject({ exitCode: code, stderr: expect.stringContaining(says) });
});

test("an exemption without a real reason is refused", async () => {
  const plan = await planFile(await temporaryFolder(), { exemptions: { D2: "too hard" } });
  const { exitCode, stderr } = await kit("--plan", plan, ...referenceCommand("source"));
  expect({ exitCode, stderr }).toEqual({ exitCode: 10, stderr: expect.stringContaining("at least 40 characters") });
});
