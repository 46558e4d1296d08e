import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, onTestFinished, test } from "vitest";

const CONNECTORS = ["source-stripe", "destination-postgres", "destination-google-sheets"];
const run = promisify(execFile);
const root = join(import.meta.dirname, "..");

beforeAll(async () => {
  await run("turbo", ["run", "build", ...CONNECTORS.map((name) => `--filter=@sluice/${name}`)], {
    cwd: root,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
  });
});

test.each(CONNECTORS)("%s is one file that answers spec in an empty folder", async (name) => {
  const folder = await mkdtemp(join(tmpdir(), "bundle-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, `${name}.mjs`);
  await copyFile(join(root, "connectors", name, "dist", `${name}.mjs`), file);
  // Run by its shebang, without the condition or the module folder of this repository.
  const { stdout } = await run(file, ["spec"], { cwd: folder, env: { PATH: process.env["PATH"] } });
  expect(JSON.parse(stdout)).toMatchObject({ type: "spec" });
});

test.each(CONNECTORS)("%s carries the licences of what it bundles", async (name) => {
  const text = await readFile(join(root, "connectors", name, "dist", `${name}.mjs`), "utf8");
  const licenses = text.slice(text.indexOf("\n/*!\n"));
  expect(licenses).toContain("zod 4.6.7 (MIT)");
  expect(licenses).toContain("Permission is hereby granted");
  const programs = await readFile(join(root, "connectors", name, "dist", "programs", "LICENSES.txt"), "utf8");
  expect(programs).toContain("zod 4.6.7 (MIT)");
  expect(programs).toContain("Permission is hereby granted");
});
