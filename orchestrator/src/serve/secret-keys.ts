import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Keyring, parseKey } from "../secrets/keyring.ts";

/**
 * Resolves to the keys that seal secrets: SLUICE_SECRET_KEY, or the file SLUICE_SECRET_KEY_FILE, or else a file in the
 * data folder, made when it is missing; and SLUICE_OLD_SECRET_KEYS, separated by commas, for what was sealed before.
 */
export async function loadKeyring(dataFolder: string, env: NodeJS.ProcessEnv = process.env): Promise<Keyring> {
  const { SLUICE_SECRET_KEY: given, SLUICE_SECRET_KEY_FILE: file, SLUICE_OLD_SECRET_KEYS: old = "" } = env;
  const newest =
    given !== undefined
      ? parseKey(given, "SLUICE_SECRET_KEY")
      : file !== undefined
        ? parseKey(await readFile(file, "utf8"), file)
        : await keptKey(join(dataFolder, "secret.key"));
  const older = old.split(",").filter((text) => text.trim() !== "");
  return new Keyring([newest, ...older.map((text) => parseKey(text, "SLUICE_OLD_SECRET_KEYS"))]);
}

async function keptKey(path: string): Promise<Buffer> {
  await mkdir(dirname(path), { recursive: true });
  const made = `${randomBytes(32).toString("base64")}\n`;
  // whoever comes second takes the first one's
  await writeFile(path, made, { mode: 0o600, flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  return parseKey(await readFile(path, "utf8"), path);
}
