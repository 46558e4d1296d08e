import type { HeldRun } from "../store/held-run.ts";
import type { Recordings } from "../store/recordings.ts";

const PART_BYTES = 256 * 1024;

/** The recording of a run while it goes on: a new one for each attempt, until there is no room for more. */
export class RunRecording {
  readonly #recordings: Recordings;
  readonly #held: HeldRun;
  readonly #warn: (message: string) => Promise<void>;
  #attempt = 0;
  /** Of the recording, once it has begun. */
  #number: number | undefined;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #isOver = false;

  /** `warn` is told why a recording ends before its run. */
  constructor(recordings: Recordings, { held, warn }: { held: HeldRun; warn: (message: string) => Promise<void> }) {
    this.#recordings = recordings;
    this.#held = held;
    this.#warn = warn;
  }

  /** Takes whole lines of an attempt; resolves when there is room for more. A recording that cannot be kept fails no run. */
  async add(lines: Buffer, attempt: number): Promise<void> {
    if (this.#isOver) return;
    if (attempt !== this.#attempt) {
      await this.flush();
      this.#attempt = attempt;
      this.#number = undefined;
    }
    this.#waiting.push(lines);
    this.#waitingBytes += lines.length;
    if (this.#waitingBytes >= PART_BYTES) await this.flush();
  }

  /** Resolves once all that was taken is kept, or is given up. */
  async flush(): Promise<void> {
    const lines = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (lines.length === 0 || this.#isOver) return;
    try {
      this.#number ??= await this.#recordings.next(this.#held.runId);
      if (await this.#recordings.append(this.#held, this.#number, lines)) return;
      await this.#end("it is as large as one may be");
    } catch (error) {
      await this.#end(`it could not be kept: ${String(error)}`);
    }
  }

  async #end(reason: string): Promise<void> {
    this.#isOver = true;
    await this.#warn(`The recording ends here, since ${reason}.`);
  }
}
