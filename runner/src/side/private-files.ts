import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PREFIX = "sluice-run-";

/** Files for one child in a folder that only this user can enter: what is in argv shows in every list of processes. */
export class PrivateFiles {
  readonly #folder: string;
  #count = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the folder; removes those of runs that were killed before they could. */
  static async create(): Promise<PrivateFiles> {
    await removeLeftovers();
    // mkdtemp makes it 0700
    return new PrivateFiles(await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`)));
  }

  /** Resolves to the path of a new file that only this user can read. */
  async write(name: string, content: string): Promise<string> {
    this.#count += 1;
    const path = join(this.#folder, `${this.#count}-${name}`);
    await writeFile(path, content, { mode: 0o600, flag: "wx" });
    return path;
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function removeLeftovers(): Promise<void> {
  const folders = (await readdir(tmpdir())).filter((name) => name.startsWith(PREFIX));
  for (const folder of folders) {
    const pid = Number(/^\d+/.exec(folder.slice(PREFIX.length))?.[0]);
    // another user's cannot be removed, and are not ours to judge
    if (!isAlive(pid)) await rm(join(tmpdir(), folder), { recursive: true, force: true }).catch(() => {});
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
