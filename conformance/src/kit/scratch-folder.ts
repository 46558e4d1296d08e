import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeWithThisProcess } from "../processes/end-with-this-process.ts";

/** A folder for everything that the kit writes, credentials included: gone when it is disposed of, and when the process is. */
export class ScratchFolder implements AsyncDisposable {
  readonly path: string;
  readonly #watcher: ReturnType<typeof removeWithThisProcess>;

  private constructor(path: string) {
    this.path = path;
    this.#watcher = removeWithThisProcess(path);
  }

  /** Makes one among the temporary files. */
  static async make(): Promise<ScratchFolder> {
    return new ScratchFolder(await mkdtemp(join(tmpdir(), "sluice-test-")));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 5 });
    this.#watcher.kill("SIGKILL");
  }
}
