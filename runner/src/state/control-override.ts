import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { SluiceError } from "@sluice/protocol";
import type { PipelineMemory } from "./pipeline-memory.ts";

// a field that was added has no "before", and one that was taken out no "after"
const Change = z.object({ before: z.unknown().optional(), after: z.unknown().optional() });
const Changes = z.record(z.string(), Change);
type Changes = z.infer<typeof Changes>;
type Config = Record<string, unknown>;

/**
 * Keeps what a connector changed of its configuration by `control`, such as a refreshed token, apart from what its owner
 * gave: that may hold `${NAME}` and is never rewritten. A field that its owner changes there later is theirs again.
 */
export class ControlOverride {
  readonly #memory: PipelineMemory;
  readonly #name: "source-config" | "destination-config";

  constructor(memory: PipelineMemory, side: "source" | "destination") {
    this.#memory = memory;
    this.#name = `${side}-config`;
  }

  /** Resolves to the configuration with the connector's own changes in it. */
  async apply(config: Config): Promise<Config> {
    const changed = { ...config };
    for (const [field, { before, after }] of Object.entries(await this.#read())) {
      if (!isDeepStrictEqual(config[field], before)) continue;
      if (after === undefined) delete changed[field];
      else changed[field] = after;
    }
    return changed;
  }

  /** Resolves once a new configuration would survive a crash; `config` is what its owner gave. */
  async store(config: Config, changed: Config): Promise<void> {
    const fields = new Set([...Object.keys(config), ...Object.keys(changed)]);
    const changes: Changes = {};
    for (const field of fields) {
      if (isDeepStrictEqual(config[field], changed[field])) continue;
      changes[field] = { before: config[field], after: changed[field] };
    }
    await this.#memory.write(this.#name, JSON.stringify(changes));
  }

  async #read(): Promise<Changes> {
    const text = await this.#memory.read(this.#name);
    if (text === undefined) return {};
    const parsed = Changes.safeParse(parse(text));
    if (parsed.success) return parsed.data;
    throw new SluiceError(
      "config",
      `${this.#memory.placeOf(this.#name)} does not hold what a connector changed of its configuration; restore it, or remove it to use the values that were given.`,
    );
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // told above, without quoting what may be a secret
    return undefined;
  }
}
