import { randomUUID } from "node:crypto";
import { link, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { SluiceError, errorCode } from "@sluice/protocol";
import { pickMembers, readStates, scanMembers, type StateLine } from "@sluice/protocol/stdio";
import { fileFailure, replaceFile } from "./durable-file.ts";
import { FileLease } from "./file-lease.ts";
import { StateHistory } from "./state-history.ts";
import type { OpenOptions, OpenStates, StateStore } from "./state-store.ts";

const EPOCH_DIGITS = 12;

/**
 * Keeps states in files of a folder, one folder a pipeline. Each run writes the file of its own epoch, and the newest
 * epoch's file counts, so that a run that was taken over cannot change what counts, however late it wakes up.
 */
export class FileStore implements StateStore {
  readonly name: string;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.name = folder;
  }

  async open({ pipelineId, runId, force }: OpenOptions): Promise<OpenStates> {
    const folder = this.#of(pipelineId);
    const lease = new FileLease(folder, runId);
    await lease.take({ pipelineId, force });
    try {
      const states = await this.#newest(folder);
      const epoch = await takeEpoch(folder, states.values());
      return new OpenFile({ folder, epoch, states, lease, pipelineId });
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  async get(pipelineId: string): Promise<string[]> {
    return [...(await this.#newest(this.#of(pipelineId))).values()].map(({ line }) => line.toString());
  }

  async set(pipelineId: string, states: readonly StateLine[]): Promise<void> {
    const folder = this.#of(pipelineId);
    const bare = states.map(withoutCommit);
    await takeEpoch(folder, bare);
    await historyOf(folder).add(bare);
  }

  async history(pipelineId: string): Promise<string[]> {
    return historyOf(this.#of(pipelineId)).lines();
  }

  #of(pipelineId: string): string {
    if (!/^[\w.-]+$/.test(pipelineId) || pipelineId.startsWith("."))
      throw new SluiceError(
        "config",
        `"${pipelineId}" is no name for a pipeline whose states are kept in files; use letters, digits, "-", "_" and ".".`,
      );
    return join(this.#folder, pipelineId, "states");
  }

  async #newest(folder: string): Promise<Map<string | null, StateLine>> {
    const epoch = await newestEpoch(folder);
    if (epoch === 0) return new Map();
    const path = epochPath(folder, epoch);
    return new Map(await readStates({ flag: "The stored states", value: path }));
  }
}

type OpenFileOptions = {
  folder: string;
  epoch: number;
  states: Map<string | null, StateLine>;
  lease: FileLease;
  pipelineId: string;
};

class OpenFile implements OpenStates {
  readonly #options: OpenFileOptions;
  readonly #history: StateHistory;

  constructor(options: OpenFileOptions) {
    this.#options = options;
    this.#history = historyOf(options.folder);
  }

  get states(): StateLine[] {
    return [...this.#options.states.values()];
  }

  async put(state: StateLine): Promise<void> {
    const { folder, epoch, states, pipelineId } = this.#options;
    states.set(state.state.stream ?? null, state);
    await replaceFile(epochPath(folder, epoch), textOf(states.values()));
    if ((await newestEpoch(folder)) !== epoch) {
      throw new SluiceError(
        "protocol",
        `Another run has taken over the pipeline "${pipelineId}"; this one (epoch ${epoch}) is fenced, and what it stores does not count.`,
      );
    }
    await this.#history.add([state]);
  }

  async close(): Promise<void> {
    await this.#options.lease.release();
  }
}

/** Makes the file of the next epoch; of two runs that do so at once one gets the epoch after the other's. */
async function takeEpoch(folder: string, states: Iterable<StateLine>): Promise<number> {
  const beside = join(folder, `.${randomUUID()}.new`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await replaceFile(beside, textOf(states));
    for (;;) {
      const epoch = (await newestEpoch(folder)) + 1;
      try {
        await link(beside, epochPath(folder, epoch));
      } catch (error) {
        if (errorCode(error) === "EEXIST") continue;
        throw error;
      }
      await removeOlder(folder, epoch);
      return epoch;
    }
  } catch (error) {
    throw error instanceof SluiceError ? error : fileFailure(folder, error);
  } finally {
    await rm(beside, { force: true });
  }
}

/** One predecessor is kept, for whoever has to look. */
async function removeOlder(folder: string, epoch: number): Promise<void> {
  for (const each of await epochsIn(folder)) {
    if (each < epoch - 1) await rm(epochPath(folder, each), { force: true });
  }
}

async function newestEpoch(folder: string): Promise<number> {
  return Math.max(0, ...(await epochsIn(folder)));
}

async function epochsIn(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw fileFailure(folder, error);
  });
  return names.flatMap((name) => {
    const digits = /^(\d+)\.ndjson$/.exec(name)?.[1];
    return digits === undefined ? [] : [Number(digits)];
  });
}

function epochPath(folder: string, epoch: number): string {
  return join(folder, `${String(epoch).padStart(EPOCH_DIGITS, "0")}.ndjson`);
}

function historyOf(folder: string): StateHistory {
  return new StateHistory(join(folder, "history.ndjson"));
}

function textOf(states: Iterable<StateLine>): string {
  return [...states].map(({ line }) => `${line.toString()}\n`).join("");
}

/** What is known of a commit belongs to the history, not to the state. */
function withoutCommit({ state, line }: StateLine): StateLine {
  const names = Object.keys(state).filter((name) => !["epoch", "committed", "committed_at"].includes(name));
  const payload = scanMembers(line, ["state"])?.[0];
  const bare = payload === undefined ? undefined : pickMembers(payload, new Set(names));
  return bare === undefined
    ? { state, line }
    : { state, line: Buffer.from(`{"type":"state","state":${bare.toString()}}`) };
}
