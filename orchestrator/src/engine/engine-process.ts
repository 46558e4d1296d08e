import { extname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { log } from "@sluice/protocol/stdio";
import { execa } from "execa";
import { Places } from "../places.ts";
import type { EngineTask } from "./engine-task.ts";

// from src a .ts, from dist a .js
const HOST = join(import.meta.dirname, `engine-host${extname(import.meta.filename)}`);
const KILL_AFTER_MS = 15_000;
const MAX_AT_ONCE = 16;

/** Carries out requests to the engine, each in a process of its own and so many at a time. */
export class Engine implements AsyncDisposable {
  readonly #places = new Places({ of: "requests to the engine", count: MAX_AT_ONCE });
  readonly #running = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();

  /**
   * Resolves to the messages that a task brings, as bytes; it goes no faster than they are read, and ends in order when the
   * stream is destroyed. `input` is what a destination is to write. Throws `rate_limit` when too many are under way.
   */
  async start(task: EngineTask, input?: Readable): Promise<Readable> {
    const place = await this.#places.take();
    const stopped = new AbortController();
    const child = execa(process.execPath, [...process.execArgv, HOST], {
      buffer: false,
      reject: false,
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
      // its end tells the process that this one is gone
      ipc: true,
      killDescendants: true,
      cancelSignal: AbortSignal.any([stopped.signal, this.#closing.signal]),
      forceKillAfterDelay: KILL_AFTER_MS,
      gracefulCancel: false,
    });
    child.stderr.on("data", (chunk: Buffer) => log("debug", `engine: ${chunk.toString().trimEnd()}`));
    child.stdout.once("close", () => stopped.abort());
    child.stdin.on("error", () => {});
    child.stdin.write(`${JSON.stringify(task)}\n`);
    if (input === undefined) child.stdin.end();
    // that it has heard enough, or that nobody sends any more, is told by how it ends
    else pipeline(input, child.stdin).catch(() => child.stdin.destroy());
    const ended: Promise<unknown> = child;
    this.#running.add(ended);
    void ended.then(() => {
      this.#running.delete(ended);
      place[Symbol.dispose]();
    });
    return child.stdout;
  }

  /** Ends all that goes on, in order. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#running);
  }
}
