import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";

const PACKAGE = "redis-server";

/**
 * Resolves to the redis-server of Debian's packages, with the libraries that this system lacks, all unpacked below
 * `toolsFolder`; nothing is installed, and no right of root is needed. The lists of packages are brought first, into a
 * folder of our own.
 */
export async function bringDebianRedis(
  toolsFolder: string,
  onProgress: (message: string) => void,
): Promise<{ command: string; env: Record<string, string> }> {
  const home = join(toolsFolder, "redis");
  if (!existsSync(home)) {
    onProgress("Downloading Redis (once)…");
    await mkdir(toolsFolder, { recursive: true });
    const beside = await mkdtemp(join(toolsFolder, ".redis-"));
    try {
      await download(beside);
      // of two at once the second one's copy is dropped
      await rename(join(beside, "unpacked"), home).catch((error: unknown) => {
        if (!existsSync(home)) throw error;
      });
    } finally {
      await rm(beside, { recursive: true, force: true });
    }
  }
  const libraries = globSync("{usr/lib,lib}/{*-linux-gnu*,.}", { cwd: home }).map((folder) => join(home, folder));
  return { command: join(home, "usr", "bin", PACKAGE), env: { LD_LIBRARY_PATH: libraries.join(":") } };
}

async function download(folder: string): Promise<void> {
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
  await execa("apt-get", [
    ...options,
    "-qq",
    "--yes",
    "--no-install-recommends",
    "--download-only",
    "install",
    PACKAGE,
  ]);
  for (const archive of await readdir(archives))
    if (archive.endsWith(".deb")) await execa("dpkg-deb", ["--extract", join(archives, archive), unpacked]);
}
