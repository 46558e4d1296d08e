import { setTimeout as sleep } from "node:timers/promises";
import type { RunningSide, SideEnd } from "../side/side.ts";

/** What still holds the output of a process that has ended may say something for so long. */
const LINGER_MS = 2000;
const LAST_WORD_GRACE_MS = 10_000;

export type ChildOptions = {
  name: string;
  running: RunningSide;
  graceMs: number;
  warn(message: string): void;
};

/** A started side and the ways to be sure that it ends: nothing that it does, or leaves behind, keeps a run from its end. */
export class Child {
  readonly name: string;
  readonly running: RunningSide;
  readonly #graceMs: number;
  readonly #warn: (message: string) => void;
  /** Ended by the runner: how it ended says nothing. */
  isForced = false;
  /** Its output was held open by something that outlived it, and was cut off. */
  wasCutOff = false;

  constructor({ name, running, graceMs, warn }: ChildOptions) {
    this.name = name;
    this.running = running;
    this.#graceMs = graceMs;
    this.#warn = warn;
  }

  /** Ends it and all that it started at once. */
  force(): void {
    this.isForced = true;
    this.running.kill("SIGKILL");
  }

  /** Asks it to end, and ends it by force after the grace time. */
  async stop(): Promise<void> {
    this.running.kill("SIGTERM");
    const isOver = await Promise.race([
      this.running.ended.then(() => true),
      sleep(this.#graceMs, false, { ref: false }),
    ]);
    if (!isOver) this.force();
  }

  /** Resolves to how it ended, once its output is over; one that has said its last and does not end is made to. */
  async ended(): Promise<SideEnd> {
    const graceMs = Math.min(LAST_WORD_GRACE_MS, this.#graceMs);
    const timer = setTimeout(() => {
      this.#warn(`${this.name} has said its last and does not end; it is ended by force.`);
      this.force();
    }, graceMs);
    try {
      const end = await this.running.ended;
      // what it started and left behind
      this.running.kill("SIGKILL");
      return end;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Cuts the output off when the process has ended, what it wrote is read, and something else still holds it open. */
  async cutOffLingering(isDrained: () => boolean): Promise<void> {
    const { stdout, ended } = this.running;
    await ended;
    for (let quiet = 0; quiet < 2;) {
      await sleep(LINGER_MS / 2, undefined, { ref: false });
      if (stdout.readableEnded || stdout.destroyed) return;
      quiet = isDrained() && stdout.readableLength === 0 ? quiet + 1 : 0;
    }
    this.#warn(`${this.name} has ended, but something that it started holds its output open; that is ended, too.`);
    this.running.kill("SIGKILL");
    await sleep(LINGER_MS / 2, undefined, { ref: false });
    if (stdout.readableEnded || stdout.destroyed) return;
    this.wasCutOff = true;
    stdout.destroy();
  }
}
