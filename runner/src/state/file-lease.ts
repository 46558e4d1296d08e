import { randomUUID } from "node:crypto";
import { link, mkdir, open, readFile, readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { ExitCode, SluiceError, errorCode } from "@sluice/protocol";
import { z } from "zod";
import { isAlive } from "../side/living-process.ts";
import { fileFailure, replaceFile } from "./durable-file.ts";

const LEASE_MS = 30_000;
/** A process that lives and has not renewed its lease for so long is another one that was given the same number. */
const ABANDONED_MS = 10 * LEASE_MS;
const NAME = /^lease-(\d+)\.json$/;

const Lease = z.object({
  run_id: z.string(),
  host: z.string(),
  pid: z.int(),
  expires_at: z.string(),
});
type Lease = z.infer<typeof Lease>;
/** The runs of this process that hold a lease. */
const ownRuns = new Set<string>();
type Held = { number: number; lease: Lease | undefined };

/**
 * Says which run holds a pipeline, in a file that only one run can make: `lease-N.json`, of which the highest counts.
 * It keeps two runs from starting; what keeps the states right when two run all the same is the epoch.
 */
export class FileLease {
  readonly #folder: string;
  readonly #runId: string;
  #number: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(folder: string, runId: string) {
    this.#folder = folder;
    this.#runId = runId;
  }

  /** Resolves when the lease is ours. Throws with exit code 16 while another run that lives holds it. */
  async take({ pipelineId, force }: { pipelineId: string; force: boolean }): Promise<void> {
    for (;;) {
      const held = await this.#held();
      const newest = held.at(-1);
      if (!force && newest?.lease !== undefined && newest.lease.run_id !== this.#runId && isHeld(newest.lease))
        throw lockedBy(newest.lease, pipelineId);
      const number = (newest?.number ?? 0) + 1;
      // or another run was faster: it is looked at again
      if (!(await this.#make(number))) continue;
      this.#number = number;
      ownRuns.add(this.#runId);
      // those of runs that were taken over
      for (const { number: older } of held) await rm(this.#path(older), { force: true });
      break;
    }
    this.#timer = setInterval(() => {
      // a renewal that fails costs politeness only; the next state that is stored says what is wrong
      this.#renew().catch(() => {});
    }, LEASE_MS / 3);
    this.#timer.unref();
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    ownRuns.delete(this.#runId);
    // one that cannot be removed runs out by itself
    if (this.#number !== undefined) await rm(this.#path(this.#number), { force: true }).catch(() => {});
  }

  async #renew(): Promise<void> {
    const number = this.#number;
    const newest = (await this.#held()).at(-1);
    // a run that was taken over has nothing to renew
    if (number !== undefined && newest?.number === number) await replaceFile(this.#path(number), this.#content());
  }

  /** Makes the file with all that is in it at once; resolves to false when it is there already. */
  async #make(number: number): Promise<boolean> {
    const beside = join(this.#folder, `lease.${randomUUID()}.new`);
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const file = await open(beside, "wx", 0o600);
      try {
        await file.writeFile(this.#content());
      } finally {
        await file.close();
      }
      await link(beside, this.#path(number));
      return true;
    } catch (error) {
      if (errorCode(error) === "EEXIST") return false;
      throw fileFailure(this.#path(number), error);
    } finally {
      // that the folder is missing, or none, was told above
      await rm(beside, { force: true }).catch(() => {});
    }
  }

  async #held(): Promise<Held[]> {
    const names = await readdir(this.#folder).catch(() => []);
    const numbers = names.flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number);
    return Promise.all(
      numbers
        .toSorted((one, other) => one - other)
        .map(async (number) => ({ number, lease: await this.#read(number) })),
    );
  }

  async #read(number: number): Promise<Lease | undefined> {
    try {
      return Lease.parse(JSON.parse(await readFile(this.#path(number), "utf8")));
    } catch {
      // released meanwhile, or damaged: not worth refusing a run for
      return undefined;
    }
  }

  #path(number: number): string {
    return join(this.#folder, `lease-${number}.json`);
  }

  #content(): string {
    const expires_at = new Date(Date.now() + LEASE_MS).toISOString();
    const lease: Lease = { run_id: this.#runId, host: hostname(), pid: process.pid, expires_at };
    return `${JSON.stringify(lease)}\n`;
  }
}

function isHeld({ run_id, host, pid, expires_at }: Lease): boolean {
  const sinceMs = Date.now() - Date.parse(expires_at);
  if (host !== hostname()) return sinceMs < 0;
  // here it is known whether the holder lives, whatever the clock says; a container begins with the same numbers again
  return pid === process.pid ? ownRuns.has(run_id) : isAlive(pid) && sinceMs < ABANDONED_MS;
}

function lockedBy({ run_id, pid, host, expires_at }: Lease, pipelineId: string): SluiceError {
  return new SluiceError(
    "transient",
    `The pipeline "${pipelineId}" is held by the run "${run_id}" (process ${pid} on ${host}) until ${expires_at}; wait for it to end, end it, or take the pipeline over with --force.`,
    { exitCode: ExitCode.locked },
  );
}
