import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { processPlace } from "./living-process.ts";
import { PrivateFiles } from "./private-files.ts";

/** A process id above what any system gives. */
const NOBODY = 2 ** 31 - 2;
const LONG_AGO = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000);

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "private-files-"));
  vi.stubEnv("TMPDIR", folder);
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });
  return folder;
}

async function leftover(folder: string, name: string, time = new Date()): Promise<void> {
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, "1-config.json"), "{}");
  await utimes(join(folder, name), time, time);
}

test("files of runs that were killed here are removed, and none that a run may need", async () => {
  const folder = await temporaryFolder();
  const here = processPlace();
  await leftover(folder, `sluice-files-${here}-${NOBODY}-killed`);
  await leftover(folder, `sluice-files-0123456789ab-${NOBODY}-forgotten`, LONG_AGO);
  const needed = [
    `sluice-files-${here}-${process.pid}-lives`,
    // the process id of another container, or of this machine before it was started anew
    `sluice-files-0123456789ab-${NOBODY}-elsewhere`,
    `sluice-files`,
  ];
  for (const name of needed) await leftover(folder, name);
  await symlink(join(folder, needed[0] ?? ""), join(folder, `sluice-files-${here}-${NOBODY}-link`));
  const files = await PrivateFiles.create();
  await files.remove();
  expect(new Set(await readdir(folder))).toEqual(new Set([...needed, `sluice-files-${here}-${NOBODY}-link`]));
});

test("of runs that start at once none takes the other's files away", async () => {
  const folder = await temporaryFolder();
  const all = await Promise.all(Array.from({ length: 20 }, () => PrivateFiles.create()));
  const paths = await Promise.all(all.map((files) => files.write("config.json", "{}")));
  expect(new Set(paths).size).toBe(20);
  expect(await readdir(folder)).toHaveLength(20);
});

test("a temporary folder that is not there is a failure of this machine, which names it", async () => {
  vi.stubEnv("TMPDIR", "/no/such/folder");
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  await expect(PrivateFiles.create()).rejects.toMatchObject({
    code: "system",
    message: expect.stringContaining("/no/such/folder cannot be written (ENOENT)"),
  });
});
