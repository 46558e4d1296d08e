import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ConfiguredStream } from "@sluice/protocol";
import type { StateLine } from "@sluice/protocol/stdio";
import { z } from "zod";
import { replaceFile } from "./durable-file.ts";

const Completed = z.record(z.string(), z.string());

/**
 * Remembers, in a file of the pipeline's folder, which full refreshes came to their end. A state alone does not tell
 * whether the next run is to go on with its refresh or to begin another. Where the file is lost, a refresh is gone on
 * with, which loses nothing.
 */
export class Generations {
  readonly #path: string;
  readonly #completed: Map<string, string>;

  private constructor(path: string, completed: Record<string, string>) {
    this.#path = path;
    this.#completed = new Map(Object.entries(completed));
  }

  static async open(folder: string): Promise<Generations> {
    const path = join(folder, "generations.json");
    try {
      return new Generations(path, Completed.parse(JSON.parse(await readFile(path, "utf8"))));
    } catch {
      // none yet, or lost
      return new Generations(path, {});
    }
  }

  /**
   * Yields a stream with the generation that this run is of: the stored state's, or a new one for a refresh that is asked
   * for, is the first, or follows a completed one. `startsOver` tells whether the stored state is to be left aside.
   */
  assign(
    configured: ConfiguredStream,
    { stored, startedAt, refresh }: { stored: StateLine | undefined; startedAt: string; refresh: boolean },
  ): { configured: ConfiguredStream; startsOver: boolean } {
    const generation = stored?.state.generation_id;
    const isComplete = generation !== undefined && this.#completed.get(configured.stream.name) === generation;
    const startsOver = refresh || (configured.sync_mode === "full_refresh" && isComplete);
    const generation_id = startsOver || generation === undefined ? startedAt : generation;
    return { configured: { ...configured, generation_id }, startsOver };
  }

  /** Resolves once it is remembered that a refresh came to its end. */
  async complete(stream: string, generation: string): Promise<void> {
    if (this.#completed.get(stream) === generation) return;
    this.#completed.set(stream, generation);
    await replaceFile(this.#path, JSON.stringify(Object.fromEntries(this.#completed)) + "\n");
  }
}
