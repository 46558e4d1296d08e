import { open, type FileHandle } from "node:fs/promises";
import type { Summary } from "../run/summary.ts";
import { fileFailure } from "../state/durable-file.ts";

/** A file of summaries, a line each, that only this user can read. */
export class SummaryFile implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** Makes the file; what was in it is gone, so that nobody takes it for this run's. Throws `system` when that cannot be. */
  static async create(path: string): Promise<SummaryFile> {
    try {
      const file = await open(path, "w", 0o600);
      // one that was there before keeps its rights; a pipe or a device keeps its own
      if ((await file.stat()).isFile()) await file.chmod(0o600);
      return new SummaryFile(path, file);
    } catch (error) {
      throw fileFailure(path, error);
    }
  }

  /** Resolves once the summary is written. */
  async add(summary: Summary): Promise<void> {
    try {
      await this.#file.appendFile(`${JSON.stringify(summary)}\n`);
    } catch (error) {
      throw fileFailure(this.#path, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}
