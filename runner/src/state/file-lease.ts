import { readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { ExitCode, SluiceError } from "@sluice/protocol";
import { z } from "zod";
import { isAlive } from "../side/living-process.ts";
import { replaceFile } from "./durable-file.ts";

const LEASE_MS = 30_000;

const Lease = z.object({
  run_id: z.string(),
  host: z.string(),
  pid: z.int(),
  expires_at: z.string(),
});
type Lease = z.infer<typeof Lease>;

/**
 * A file that says which run holds a pipeline. It keeps two runs from starting; what keeps the states right when two run
 * all the same is the epoch.
 */
export class FileLease {
  readonly #path: string;
  readonly #runId: string;
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string, runId: string) {
    this.#path = path;
    this.#runId = runId;
  }

  /** Resolves when the lease is ours. Throws with exit code 16 while another run that lives holds it. */
  async take({ pipelineId, force }: { pipelineId: string; force: boolean }): Promise<void> {
    const held = await this.#read();
    if (!force && held !== undefined && held.run_id !== this.#runId && isHeld(held)) {
      throw new SluiceError(
        "transient",
        `The pipeline "${pipelineId}" is held by the run "${held.run_id}" (process ${held.pid} on ${held.host}) until ${held.expires_at}; wait for it to end, end it, or take the pipeline over with --force.`,
        { exitCode: ExitCode.locked },
      );
    }
    await this.#write();
    this.#timer = setInterval(() => {
      // a renewal that fails costs politeness only; the next state that is stored says what is wrong
      this.#write().catch(() => {});
    }, LEASE_MS / 3);
    this.#timer.unref();
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    const held = await this.#read();
    if (held?.run_id === this.#runId) await rm(this.#path, { force: true });
  }

  async #write(): Promise<void> {
    const expires_at = new Date(Date.now() + LEASE_MS).toISOString();
    const lease: Lease = { run_id: this.#runId, host: hostname(), pid: process.pid, expires_at };
    await replaceFile(this.#path, JSON.stringify(lease) + "\n");
  }

  async #read(): Promise<Lease | undefined> {
    try {
      return Lease.parse(JSON.parse(await readFile(this.#path, "utf8")));
    } catch {
      // none, or one that nobody can have written whole: not worth refusing a run for
      return undefined;
    }
  }
}

function isHeld({ host, pid, expires_at }: Lease): boolean {
  // here it is known whether the holder lives, whatever the clock says
  if (host === hostname()) return isAlive(pid);
  return Date.parse(expires_at) > Date.now();
}
