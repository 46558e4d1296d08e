import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { SluiceError, errorCode } from "@sluice/protocol";

/**
 * Replaces a file so that a crash at any moment leaves the old content or the new, and readable by this user only: write
 * beside, fsync, rename, fsync of the folder. Throws `system` that names the file and what to do.
 */
export async function replaceFile(path: string, content: string): Promise<void> {
  const beside = `${path}.${randomUUID()}.new`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(beside, "w", 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(beside, { force: true }).catch(() => {});
    throw fileFailure(path, error);
  }
}

/** Appends whole lines and resolves once they would survive a loss of power. Throws as `replaceFile` does. */
export async function appendLines(path: string, lines: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, "a", 0o600);
    try {
      await file.appendFile(lines);
      await file.datasync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileFailure(path, error);
  }
}

/** Resolves when a file could be written to, without making or changing one. Throws as `replaceFile` does. */
export async function assertWritable(path: string): Promise<void> {
  try {
    const found = await stat(path).catch(() => undefined);
    // to whoever reads a pipe that would be its end
    if (found !== undefined && !found.isFile() && !found.isDirectory()) return;
    await (await open(path, "a", 0o600)).close();
    if (found === undefined) await rm(path);
  } catch (error) {
    throw fileFailure(path, error);
  }
}

/** Resolves when lines could be appended to a file, its folder made. Throws as `replaceFile` does. */
export async function assertAppendable(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch((error: unknown) =>
    Promise.reject(fileFailure(path, error)),
  );
  await assertWritable(path);
}

/** Yields the failure of a file that could not be written. */
export function fileFailure(path: string, error: unknown): SluiceError {
  const code = errorCode(error) ?? String(error);
  return new SluiceError(
    "system",
    `${path} cannot be written (${code}); make room, correct the permissions of its folder, or name another one.`,
    { cause: error },
  );
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
