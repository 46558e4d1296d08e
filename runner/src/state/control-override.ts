import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { SluiceError, errorCode } from "@sluice/protocol";
import { fileFailure, replaceFile } from "./durable-file.ts";

// a field that was added has no "before", and one that was taken out no "after"
const Change = z.object({ before: z.unknown().optional(), after: z.unknown().optional() });
const Changes = z.record(z.string(), Change);
type Changes = z.infer<typeof Changes>;
type Config = Record<string, unknown>;

/**
 * Keeps what a connector changed of its configuration by `control`, such as a refreshed token, in a file of the
 * pipeline's folder: the pipeline file itself may hold `${NAME}` and is never rewritten. A field that its owner changes
 * there later is theirs again.
 */
export class ControlOverride {
  readonly #path: string;

  constructor(folder: string, side: "source" | "destination") {
    this.#path = join(folder, `${side}-config.json`);
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

  /** Resolves once a new configuration would survive a crash; `config` is that of the pipeline file. */
  async store(config: Config, changed: Config): Promise<void> {
    const fields = new Set([...Object.keys(config), ...Object.keys(changed)]);
    const changes: Changes = {};
    for (const field of fields) {
      if (isDeepStrictEqual(config[field], changed[field])) continue;
      changes[field] = { before: config[field], after: changed[field] };
    }
    await replaceFile(this.#path, JSON.stringify(changes) + "\n");
  }

  async #read(): Promise<Changes> {
    let text: string;
    try {
      text = await readFile(this.#path, "utf8");
    } catch (error) {
      if (errorCode(error) === "ENOENT") return {};
      throw fileFailure(this.#path, error);
    }
    const parsed = Changes.safeParse(parse(text));
    if (parsed.success) return parsed.data;
    throw new SluiceError(
      "config",
      `${this.#path} does not hold what a connector changed of its configuration; restore the file, or remove it to use the pipeline file's values.`,
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
