import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "@sluice/protocol";
import { fileFailure, replaceFile } from "./durable-file.ts";

/** What is remembered of a pipeline between runs, besides its states and its rows. */
export type MemoryName = "generations" | "source-config" | "destination-config";

/** Remembers texts of a pipeline between runs. They may hold secrets. */
export type PipelineMemory = {
  /** Yields where a text is kept, as a person would look for it. */
  placeOf(name: MemoryName): string;
  /** Resolves to what was written last; to undefined when nothing was. */
  read(name: MemoryName): Promise<string | undefined>;
  /** Resolves once the text would survive a crash. */
  write(name: MemoryName, text: string): Promise<void>;
};

/** Yields a memory in files of a folder, which only this user can read. Throws `system` when a file cannot be used. */
export function folderMemory(folder: string): PipelineMemory {
  const placeOf = (name: MemoryName) => join(folder, `${name}.json`);
  return {
    placeOf,
    async read(name) {
      try {
        return await readFile(placeOf(name), "utf8");
      } catch (error) {
        if (errorCode(error) === "ENOENT") return undefined;
        throw fileFailure(placeOf(name), error);
      }
    },
    write: (name, text) => replaceFile(placeOf(name), `${text}\n`),
  };
}
