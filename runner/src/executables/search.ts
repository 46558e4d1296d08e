import { constants } from "node:fs";
import { access, readdir } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";

/** An executable by its name, and where it was found. */
export type Executable = { name: string; path: string };

/**
 * Yields the folders in which executables are looked for, first come first served: `node_modules/.bin` of the working
 * folder and those above it, the same from where this program is installed, and PATH.
 */
export function searchFolders(cwd: string = process.cwd(), path: string = process.env["PATH"] ?? ""): string[] {
  const installed = [...ancestors(cwd), ...ancestors(import.meta.dirname)].map((folder) =>
    join(folder, "node_modules", ".bin"),
  );
  return [...new Set([...installed, ...path.split(delimiter).filter((folder) => folder !== "")])];
}

/** Resolves to the executable of that name, or undefined. */
export async function findExecutable(
  name: string,
  folders: readonly string[] = searchFolders(),
): Promise<Executable | undefined> {
  for (const folder of folders) {
    const path = join(folder, name);
    if (await isExecutable(path)) return { name, path };
  }
  return undefined;
}

/** Resolves to every executable whose name matches, sorted by name; of two with one name the first found counts. */
export async function listExecutables(
  pattern: RegExp,
  folders: readonly string[] = searchFolders(),
): Promise<Executable[]> {
  const found = new Map<string, Executable>();
  for (const folder of folders) {
    for (const name of await namesIn(folder)) {
      if (!pattern.test(name) || found.has(name)) continue;
      const path = join(folder, name);
      if (await isExecutable(path)) found.set(name, { name, path });
    }
  }
  return [...found.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function ancestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    // PATH may name folders that do not exist
    return [];
  }
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    // not there, or not for us
    return false;
  }
}
