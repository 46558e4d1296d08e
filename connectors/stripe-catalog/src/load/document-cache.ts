import { randomUUID } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { sha256 } from "./download.ts";

/** Yields the folder in which documents are kept unless another is named. */
export function defaultCacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "sluice", "stripe-openapi");
}

/** Documents that were fetched before, in a folder that only its owner can read. Each file's name holds its checksum. */
export class DocumentCache {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Resolves to what is kept under a key; to undefined when nothing is, or not as it was written. */
  async get(key: string): Promise<Buffer | undefined> {
    const prefix = prefixOf(key);
    for (const name of await this.#names()) {
      if (!name.startsWith(prefix)) continue;
      const bytes = await readFile(join(this.#folder, name)).catch(() => undefined);
      if (bytes !== undefined && name === `${prefix}${sha256(bytes)}.json`) return bytes;
    }
    return undefined;
  }

  /** Keeps bytes under a key in place of others. A folder that cannot be written to keeps nothing, and is no failure. */
  async put(key: string, bytes: Buffer): Promise<void> {
    const prefix = prefixOf(key);
    const name = `${prefix}${sha256(bytes)}.json`;
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const written = join(this.#folder, `.${randomUUID()}`);
      await writeFile(written, bytes, { mode: 0o600 });
      await rename(written, join(this.#folder, name));
      const old = (await this.#names()).filter((each) => each.startsWith(prefix) && each !== name);
      await Promise.all(old.map((each) => rm(join(this.#folder, each), { force: true })));
    } catch {
      // the next start fetches it again
    }
  }

  async #names(): Promise<string[]> {
    // no folder yet
    return readdir(this.#folder).catch(() => []);
  }
}

function prefixOf(key: string): string {
  return `${sha256(Buffer.from(key)).slice(0, 32)}-`;
}
