import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Soak } from "@sluice/evidence";
import { execa } from "execa";
import { check } from "prettier";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { findModules, loadModule } from "./evidence/modules.ts";

const repository = join(import.meta.dirname, "..");
// what waits for leases to expire takes its time
const SAMPLE_TIMEOUT_MS = 180_000;
const script = join(import.meta.dirname, "soak.ts");

const modules = findModules(repository, "soak").map(async (module) => {
  return { name: module.name, soak: await loadModule<Soak>(repository, module, "soak") };
});
const sampled = (await Promise.all(modules)).filter(({ soak }) => soak.sampleSeeds > 0);

test.each(sampled)(
  "a sample of the proof $name holds",
  async ({ soak }) => {
    await using session = await soak.open({ note: () => {} });
    let cases = 0;
    for (let seed = 1; seed <= soak.sampleSeeds; seed += 1) cases += await session.prove(seed);
    expect(cases).toBeGreaterThan(0);
  },
  SAMPLE_TIMEOUT_MS,
);

describe("npm run soak", () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "soak-test-"));
    onTestFinished(() => rm(root, { recursive: true }));
    await plant("docs/proofs.md", "# Proofs\n");
  });

  async function plant(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }

  /** Plants a proof of 20 seeds with two cases each, that fails for one seed. */
  async function plantSoak(name: string, failingSeed: number, concurrency = 1): Promise<void> {
    const wait = "await new Promise((resolve) => setTimeout(resolve, seed % 3));";
    const prove = `async prove(seed) { ${wait} if (seed === ${failingSeed}) throw new Error("a row is lost"); return 2; }`;
    const close = `async [Symbol.asyncDispose]() { console.error("closed"); }`;
    await plant(
      `runner/soak/${name}.ts`,
      `export const soak = { proves: "No row is lost.", seeds: 20, sampleSeeds: 1, concurrency: ${concurrency}, open: async () => ({ ${prove}, ${close} }) };\n`,
    );
  }

  function soak(...args: string[]) {
    return execa("node", [script, ...args], { cwd: root, reject: false });
  }

  const page = () => readFile(join(root, "docs/proofs.md"), "utf8");

  test("a proof that held gets its row, which the next run replaces, and the others keep theirs", async () => {
    await plantSoak("rows", 0);
    await plantSoak("bytes", 0, 4);
    expect((await soak()).exitCode).toBe(0);
    const rows = await page();
    expect(rows).toMatch(/\| `bytes` .*\n\| `rows` +\| No row is lost. \| 40 +\| 1 to 20 +\| 1 +\| \d{4}-\d\d-\d\d/);
    expect(await check(rows, { parser: "markdown", printWidth: 120 })).toBe(true);
    await soak("rows");
    expect(await page()).toBe(rows);
    await soak("bytes", "--seeds", "30");
    expect(await page()).toMatch(/\| `bytes` .* 1 to 30 .*\n\| `rows` .* 1 to 20 /);
  });

  test("a proof that fails is red with its seed and how to repeat it, and is not written down", async () => {
    await plantSoak("rows", 17);
    const failed = await soak("rows");
    expect(failed).toMatchObject({ exitCode: 1, stderr: "closed" });
    expect(failed.stdout).toContain("rows: seed 17 failed: Error: a row is lost");
    expect(failed.stdout).toContain("rows: repeat it with: npm run soak -- rows --seed 17");
    expect(await page()).toBe("# Proofs\n");
    expect((await soak("rows", "--seed", "17")).exitCode).toBe(1);
    expect((await soak("rows", "--seed", "16")).exitCode).toBe(0);
  });

  test("a seed that fails among others at the same time is told with how to repeat it", async () => {
    await plantSoak("rows", 4, 3);
    const failed = await soak("rows");
    expect(failed.exitCode).toBe(1);
    expect(failed.stdout).toContain("rows: repeat it with: npm run soak -- rows --seed 4");
    expect(await page()).toBe("# Proofs\n");
  });

  test("a proof that was cut short goes on at the same commit, and at no other", async () => {
    const git = (...args: string[]) =>
      execa("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd: root });
    await plantSoak("rows", 0);
    await plant(".gitignore", "node_modules\n");
    await git("init");
    await git("add", ".");
    await git("commit", "-m", "a proof");
    await soak("rows", "--seeds", "17");
    const path = join(root, "node_modules/.cache/soak/rows.jsonl");
    expect((await readFile(path, "utf8")).trimEnd().split("\n")).toHaveLength(1 + 17);
    const resumed = await soak("rows", "--resume");
    expect(resumed.stdout).toContain("rows: 40 cases of 20 seeds held");
    expect(await page()).toContain("| 1 to 20 ");
    const seeds = (await readFile(path, "utf8")).trimEnd().split("\n").slice(1);
    expect(seeds.map((line) => Reflect.get(Object(JSON.parse(line)), "seed"))).toEqual(
      Array.from({ length: 20 }, (_, at) => at + 1),
    );
    await plantSoak("rows", 3);
    const changed = await soak("rows", "--resume");
    expect(changed).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("commit them first") });
    await git("commit", "-am", "another proof");
    expect((await soak("rows", "--resume")).stdout).toContain("rows: seed 3 failed");
  });

  test("a sample is told and not written down", async () => {
    await plantSoak("rows", 0);
    const { stdout } = await soak("rows", "--seeds", "3");
    expect(stdout).toContain("rows: 6 cases of 3 seeds held");
    expect(await page()).toBe("# Proofs\n");
  });
});
