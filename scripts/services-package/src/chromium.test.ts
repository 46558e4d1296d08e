import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { findChromium } from "./chromium.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-chromium-test-"));
  vi.stubEnv("CHROMIUM_PATH", "");
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Plants a program that ends with an exit code, and resolves to its path. */
async function plant(name: string, exitCode: number): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\nexit ${exitCode}\n`);
  await chmod(path, 0o755);
  return path;
}

test("the program of CHROMIUM_PATH comes first; one that does not run is told, and no other is taken", async () => {
  await plant("chromium", 0);
  vi.stubEnv("PATH", folder);
  vi.stubEnv("CHROMIUM_PATH", await plant("mine", 0));
  expect(await findChromium({ toolsFolder: folder })).toBe(join(folder, "mine"));
  vi.stubEnv("CHROMIUM_PATH", await plant("broken", 127));
  await expect(findChromium({ toolsFolder: folder })).rejects.toThrow("CHROMIUM_PATH does not run; correct it");
});

test("a program on PATH that lacks what it needs is passed over", async () => {
  await plant("chromium-headless-shell", 127);
  await plant("google-chrome", 0);
  vi.stubEnv("PATH", folder);
  expect(await findChromium({ toolsFolder: folder })).toBe(join(folder, "google-chrome"));
});

test("where nothing can be had the choices are named", async () => {
  vi.stubEnv("PATH", folder);
  await expect(findChromium({ toolsFolder: folder })).rejects.toThrow(
    /CHROMIUM_PATH.*on PATH.*npm's registry or apt-get.*chromium is not on PATH.*npm pack/s,
  );
});
