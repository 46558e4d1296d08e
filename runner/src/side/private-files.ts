import { lstat, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileFailure } from "../state/durable-file.ts";
import { isAlive, processPlace } from "./living-process.ts";

const PREFIX = "sluice-files-";
/** What a child is started with it has read within seconds; whose process cannot be asked for is left for so long. */
const FOREIGN_MS = 24 * 60 * 60 * 1000;

/** Files for one child in a folder that only this user can enter: what is in argv shows in every list of processes. */
export class PrivateFiles {
  readonly #folder: string;
  #count = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the folder; removes those of runs that were killed before they could. Throws `system`. */
  static async create(): Promise<PrivateFiles> {
    try {
      await removeLeftovers();
      // mkdtemp makes it 0700
      return new PrivateFiles(await mkdtemp(join(tmpdir(), `${PREFIX}${processPlace()}-${process.pid}-`)));
    } catch (error) {
      throw fileFailure(tmpdir(), error);
    }
  }

  /** Resolves to the path of a new file that only this user can read. */
  async write(name: string, content: string): Promise<string> {
    this.#count += 1;
    const path = join(this.#folder, `${this.#count}-${name}`);
    await writeFile(path, content, { mode: 0o600, flag: "wx" }).catch((error: unknown) =>
      Promise.reject(fileFailure(path, error)),
    );
    return path;
  }

  async remove(): Promise<void> {
    // what is left of it a later run removes
    await rm(this.#folder, { recursive: true, force: true }).catch(() => {});
  }
}

async function removeLeftovers(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(PREFIX));
  for (const name of names) {
    const path = join(tmpdir(), name);
    // one that another run removes meanwhile is gone, and so it should be
    if (await isLeftover(name, path).catch(() => false))
      await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

/**
 * Tells whether nobody needs a folder any more. It has to be this user's. Of this place it is known whether its process
 * lives; a folder shared with other containers may hold files of processes that live and cannot be seen from here.
 */
async function isLeftover(name: string, path: string): Promise<boolean> {
  const found = await lstat(path);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) return false;
  const [place, pid] = name.slice(PREFIX.length).split("-");
  if (place === processPlace()) return !isAlive(Number(pid));
  return Date.now() - found.mtimeMs > FOREIGN_MS;
}
