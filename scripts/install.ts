import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";

// Installs what package-lock.json says, unless that is what is installed; scripts/with-node runs it under the right npm.
const LOCK_TIMEOUT_MS = 30 * 60_000;

const root = join(import.meta.dirname, "..");
const stamp = join(root, "node_modules", ".installed-lock.json");

// SQLite's lock is the file lock that Node has on every system; the kernel releases it when its holder dies.
// npm runs in the process that holds it, so that no orphan of ours installs while the next one does.
mkdirSync(join(root, ".tools"), { recursive: true });
const lock = new DatabaseSync(join(root, ".tools", "install.lock"), { timeout: LOCK_TIMEOUT_MS });
lock.exec("BEGIN EXCLUSIVE");

const wanted = readFileSync(join(root, "package-lock.json"), "utf8");
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) await install();

async function install(): Promise<void> {
  process.stderr.write("Installing dependencies (once)…\n");
  rmSync(stamp, { force: true });
  process.once("exit", (code) => {
    if (code === 0) writeFileSync(stamp, wanted);
    lock.close();
  });
  // NODE_ENV=production must not leave the tools out.
  process.argv.splice(1, Infinity, npmOnPath(), "ci", "--include=dev", "--loglevel=error");
  await import(pathToFileURL(npmOnPath()).href);
}

function npmOnPath(): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const npm = folders.map((folder) => join(folder, "npm")).find((path) => existsSync(path));
  if (npm === undefined) throw new Error("There is no npm on PATH; run scripts/with-node instead.");
  return realpathSync(npm);
}
