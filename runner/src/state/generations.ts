import type { ConfiguredStream } from "@sluice/protocol";
import type { StateLine } from "@sluice/protocol/stdio";
import { z } from "zod";
import type { PipelineMemory } from "./pipeline-memory.ts";

// the run that began it; older files do not tell
const Refresh = z.object({ generation: z.string(), is_complete: z.boolean(), run_id: z.string().optional() });
type Refresh = z.infer<typeof Refresh>;
type Assignment = { stored: StateLine | undefined; startedAt: string; refresh: boolean; runId: string };

/**
 * Remembers which refreshes of a pipeline began and which came to their end. A state alone does not tell whether the
 * next run is to go on with its refresh or to begin another. Where that is lost, a full refresh begins anew, which costs
 * a second reading and loses nothing.
 */
export class Generations {
  readonly #memory: PipelineMemory;
  readonly #refreshes: Map<string, Refresh>;

  private constructor(memory: PipelineMemory, refreshes: Record<string, Refresh>) {
    this.#memory = memory;
    this.#refreshes = new Map(Object.entries(refreshes));
  }

  static async open(memory: PipelineMemory): Promise<Generations> {
    const text = (await memory.read("generations")) ?? "{}";
    try {
      return new Generations(memory, z.record(z.string(), Refresh).parse(JSON.parse(text)));
    } catch {
      // lost
      return new Generations(memory, {});
    }
  }

  /**
   * Yields a stream with the generation that this run is of: the stored state's, or a new one for a refresh that is asked
   * for, is the first, or follows a completed one. A refresh that this same run began, in a process that has died, is
   * not begun again. `startsOver` tells whether the stored state is to be left aside, `isUnderWay` whether it is of a
   * refresh that has not come to its end.
   */
  assign(
    configured: ConfiguredStream,
    { stored, startedAt, refresh, runId }: Assignment,
  ): { configured: ConfiguredStream; startsOver: boolean; isUnderWay: boolean } {
    const generation = stored?.state.generation_id;
    const known = this.#refreshes.get(configured.stream.name);
    const isUnderWay = known !== undefined && known.generation === generation && !known.is_complete;
    const isOver = configured.sync_mode === "full_refresh" && stored !== undefined && !isUnderWay;
    const isOfRun = known !== undefined && known.generation === generation && known.run_id === runId;
    const startsOver = (refresh && !isOfRun) || isOver;
    const generation_id = startsOver || generation === undefined ? startedAt : generation;
    return { configured: { ...configured, generation_id }, startsOver, isUnderWay };
  }

  /** Resolves once it is remembered of which generations a run is; throws when it cannot be. */
  async begin(streams: readonly ConfiguredStream[], runId: string): Promise<void> {
    for (const { stream, generation_id: generation } of streams) {
      const known = this.#refreshes.get(stream.name);
      if (generation === undefined || known?.generation === generation) continue;
      this.#refreshes.set(stream.name, { generation, is_complete: false, run_id: runId });
    }
    await this.#store();
  }

  /** Resolves once it is remembered that a refresh came to its end. */
  async complete(stream: string, generation: string): Promise<void> {
    const known = this.#refreshes.get(stream);
    if (known?.generation === generation && known.is_complete) return;
    const begun = known?.generation === generation ? known : {};
    this.#refreshes.set(stream, { ...begun, generation, is_complete: true });
    await this.#store();
  }

  async #store(): Promise<void> {
    await this.#memory.write("generations", JSON.stringify(Object.fromEntries(this.#refreshes)));
  }
}
