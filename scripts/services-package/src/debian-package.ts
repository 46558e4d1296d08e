import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";

export type BringOptions = { toolsFolder: string; onProgress?: (message: string) => void };

/**
 * Resolves to the folder with a package of Debian's and those that it depends on and this system lacks, unpacked below
 * `toolsFolder` once; nothing is installed, and no right of root is needed. The lists of packages are brought first,
 * into a folder of our own. Throws where there is no apt-get, or nothing to download from.
 */
export async function bringDebianPackage(
  name: string,
  { toolsFolder, onProgress = () => {} }: BringOptions,
): Promise<string> {
  const home = join(toolsFolder, name);
  if (existsSync(home)) return home;
  onProgress(`Downloading ${name} (once)…`);
  await mkdir(toolsFolder, { recursive: true });
  const beside = await mkdtemp(join(toolsFolder, `.${name}-`));
  try {
    await download(name, beside);
    // of two at once the second one's copy is dropped
    await rename(join(beside, "unpacked"), home).catch((error: unknown) => {
      if (!existsSync(home)) throw error;
    });
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
  return home;
}

/** Yields the LD_LIBRARY_PATH of programs in a folder of unpacked packages. */
export function librariesIn(folder: string): string {
  return globSync("{usr/lib,lib}/{*-linux-gnu*,.}", { cwd: folder })
    .map((libraries) => join(folder, libraries))
    .join(":");
}

async function download(name: string, folder: string): Promise<void> {
  const [lists, archives, unpacked] = [join(folder, "lists"), join(folder, "archives"), join(folder, "unpacked")];
  for (const each of [join(lists, "partial"), join(archives, "partial"), unpacked])
    await mkdir(each, { recursive: true });
  const options = [
    `Dir::State::lists=${lists}`,
    `Dir::Cache=${folder}`,
    `Dir::Cache::archives=${archives}`,
    // the folders are ours alone, and the account that apt would drop to cannot write there
    "Debug::NoLocking=true",
    "APT::Sandbox::User=",
  ].flatMap((option) => ["-o", option]);
  await execa("apt-get", [...options, "-qq", "update"]);
  // one that is installed, but kept from PATH, is downloaded, too
  const how = ["-qq", "--yes", "--no-install-recommends", "--download-only", "--reinstall"];
  await execa("apt-get", [...options, ...how, "install", name]);
  for (const archive of await readdir(archives))
    if (archive.endsWith(".deb")) await execa("dpkg-deb", ["--extract", join(archives, archive), unpacked]);
}
