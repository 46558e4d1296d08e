import { readFile } from "node:fs/promises";
import { errorCode } from "@sluice/protocol";
import { addPayloadMembers, type StateLine } from "@sluice/protocol/stdio";
import { appendLines, fileFailure, replaceFile } from "./durable-file.ts";
import { stateLineOf } from "./state-lines.ts";

const KEPT_OF_SCOPE = 50;

/** The states of the past in a file, each with the time of its commit: of each scope the last 50. */
export class StateHistory {
  readonly #path: string;
  /** How many lines may still be added before the file is cut; none before it is known how long the file is. */
  #room = 0;
  /** The line that is begun with ends one that a crash may have cut. */
  #begin = "\n";

  constructor(path: string) {
    this.#path = path;
  }

  /** Resolves to the lines, oldest first. */
  async lines(): Promise<string[]> {
    return lastOfEachScope(await this.#read());
  }

  /** Resolves once the states are added. The file is cut when it has grown to twice what is kept, so it stays bounded. */
  async add(states: readonly StateLine[]): Promise<void> {
    const committed_at = new Date().toISOString();
    const lines = states.map(
      ({ line }) => `${addPayloadMembers(line, "state", { committed_at }) ?? line.toString()}\n`,
    );
    await appendLines(this.#path, this.#begin + lines.join(""));
    this.#begin = "";
    this.#room -= states.length;
    if (this.#room < 0) await this.#cut();
  }

  async #cut(): Promise<void> {
    const all = await this.#read();
    const kept = lastOfEachScope(all);
    const limit = 2 * Math.max(kept.length, KEPT_OF_SCOPE);
    if (all.length > limit) await replaceFile(this.#path, kept.map((line) => `${line}\n`).join(""));
    this.#room = limit - (all.length > limit ? kept.length : all.length);
  }

  async #read(): Promise<string[]> {
    try {
      return (await readFile(this.#path, "utf8")).split("\n").filter((line) => line !== "");
    } catch (error) {
      if (errorCode(error) === "ENOENT") return [];
      throw fileFailure(this.#path, error);
    }
  }
}

function lastOfEachScope(lines: readonly string[]): string[] {
  const counts = new Map<string | null, number>();
  const kept = lines.toReversed().filter((line) => {
    const scope = scopeOf(line);
    if (scope === undefined) return false;
    const count = (counts.get(scope) ?? 0) + 1;
    counts.set(scope, count);
    return count <= KEPT_OF_SCOPE;
  });
  return kept.toReversed();
}

function scopeOf(line: string): string | null | undefined {
  try {
    return stateLineOf(line).state.stream ?? null;
  } catch {
    // a line that a crash has cut is no state
    return undefined;
  }
}
