import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ConfiguredStream } from "@sluice/protocol";
import type { StateLine } from "@sluice/protocol/stdio";
import { z } from "zod";
import { replaceFile } from "./durable-file.ts";

const Refresh = z.object({ generation: z.string(), is_complete: z.boolean() });
type Refresh = z.infer<typeof Refresh>;

/**
 * Remembers, in a file of the pipeline's folder, which refreshes began here and which came to their end. A state alone
 * does not tell whether the next run is to go on with its refresh or to begin another. Where the file is lost, a full
 * refresh begins anew, which costs a second reading and loses nothing.
 */
export class Generations {
  readonly #path: string;
  readonly #refreshes: Map<string, Refresh>;

  private constructor(path: string, refreshes: Record<string, Refresh>) {
    this.#path = path;
    this.#refreshes = new Map(Object.entries(refreshes));
  }

  static async open(folder: string): Promise<Generations> {
    const path = join(folder, "generations.json");
    try {
      return new Generations(path, z.record(z.string(), Refresh).parse(JSON.parse(await readFile(path, "utf8"))));
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
    const known = this.#refreshes.get(configured.stream.name);
    const isUnderWay = known !== undefined && known.generation === generation && !known.is_complete;
    const isOver = configured.sync_mode === "full_refresh" && stored !== undefined && !isUnderWay;
    const startsOver = refresh || isOver;
    const generation_id = startsOver || generation === undefined ? startedAt : generation;
    return { configured: { ...configured, generation_id }, startsOver };
  }

  /** Resolves once it is remembered of which generations a run is; throws `system` when it cannot be. */
  async begin(streams: readonly ConfiguredStream[]): Promise<void> {
    for (const { stream, generation_id: generation } of streams) {
      const known = this.#refreshes.get(stream.name);
      if (generation === undefined || known?.generation === generation) continue;
      this.#refreshes.set(stream.name, { generation, is_complete: false });
    }
    await this.#store();
  }

  /** Resolves once it is remembered that a refresh came to its end. */
  async complete(stream: string, generation: string): Promise<void> {
    const known = this.#refreshes.get(stream);
    if (known?.generation === generation && known.is_complete) return;
    this.#refreshes.set(stream, { generation, is_complete: true });
    await this.#store();
  }

  async #store(): Promise<void> {
    await replaceFile(this.#path, `${JSON.stringify(Object.fromEntries(this.#refreshes))}\n`);
  }
}
