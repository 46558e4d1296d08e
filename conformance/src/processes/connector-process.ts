import { spawn, type ChildProcess, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { SluiceError } from "@sluice/protocol";
import { LineSplitter } from "@sluice/protocol/stdio";
import { Problem } from "../kit/problem.ts";
import { endWithThisProcess } from "./end-with-this-process.ts";
import { outputLine, type OutputLine } from "./output-line.ts";

const MAX_LINE_BYTES = 256 * 1024 * 1024;
/** No process has this id, nor a group. */
const NOBODY = 2 ** 31 - 1;
const STDERR_BYTES = 4 * 1024 * 1024;
/** Of a read that gives more, the lines are what counts; a string has no room for all of it. */
const STDOUT_BYTES = 256 * 1024 * 1024;

export type StartOptions = {
  env: NodeJS.ProcessEnv;
  cwd?: string;
  /** For sentences: what it was started to do. */
  purpose: string;
  /** How long any one wait for it may last. */
  deadlineMs: number;
  /** Whether its stdout is read from the start (true), or only after `resume`. */
  reads?: boolean;
  /** Sees what is written to it with `write`. */
  sent?: (bytes: Buffer) => void;
  /** Whether its stderr is read at all (true). */
  drainsStderr?: boolean;
};

/** How a process ended and all that it said. `code` is 128 and the signal's number where a signal ended it. */
export type Ended = {
  code: number;
  signal: NodeJS.Signals | null;
  lines: OutputLine[];
  stderr: string;
  /** As text, up to its first 256 MiB. */
  readonly stdout: string;
};

const SIGNAL_NUMBERS: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** A connector at work: its lines as they come, its stdin, and what can be done to it. No wait outlasts the deadline. */
export class ConnectorProcess implements AsyncDisposable {
  readonly lines: OutputLine[] = [];
  stderr = "";
  stderrBytes = 0;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #options: StartOptions;
  readonly #splitter = new LineSplitter(MAX_LINE_BYTES);
  readonly #chunks: Buffer[] = [];
  #stdoutBytes = 0;
  #flaw: Problem | undefined;
  readonly #watcher: ChildProcess;
  readonly #closed: Promise<void>;
  #isClosed = false;
  #isStdinBroken = false;
  #wake = Promise.withResolvers<void>();
  #code: number | null = null;
  #signal: NodeJS.Signals | null = null;

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, Readable>,
    watcher: ChildProcess,
    options: StartOptions,
  ) {
    this.#child = child;
    this.#options = options;
    this.#watcher = watcher;
    child.stdin.on("error", () => {
      // it has ended, or closed its stdin: its exit code tells
      this.#isStdinBroken = true;
      this.#notify();
    });
    if (options.reads === false) this.pause();
    else this.resume();
    if (options.drainsStderr !== false) child.stderr.on("data", (chunk: Buffer) => this.#takeStderr(chunk));
    child.on("exit", (code, signal) => {
      this.#code = code;
      this.#signal = signal;
      this.#notify();
    });
    this.#closed = once(child, "close").then(() => {
      this.#takeRest();
      this.#isClosed = true;
      this.#watcher.kill("SIGKILL");
      this.#notify();
    });
  }

  /** Starts a program in a process group of its own; throws a Problem where it cannot be started. */
  static async start(command: readonly string[], options: StartOptions): Promise<ConnectorProcess> {
    const [program = "", ...args] = command;
    const { env, cwd } = options;
    const child = spawn(program, args, {
      env,
      ...(cwd === undefined ? {} : { cwd }),
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    // at once: until it is watched, nobody would end it; without an id it was not started, and the event tells why
    const watcher = endWithThisProcess(child.pid ?? NOBODY);
    try {
      await once(child, "spawn");
    } catch (error) {
      watcher.kill("SIGKILL");
      const reason = (error as NodeJS.ErrnoException).code ?? String(error);
      throw new Problem(`${program} cannot be started (${reason}); give the path of an executable, or put it on PATH.`);
    }
    return new ConnectorProcess(child, watcher, options);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Whether it has ended; what it printed may still be on its way. */
  get hasEnded(): boolean {
    return this.#code !== null || this.#signal !== null;
  }

  /** Reads stdout from now on. */
  resume(): void {
    const { stdout } = this.#child;
    stdout.removeAllListeners("readable");
    stdout.on("data", (chunk: Buffer) => this.#take(chunk));
    stdout.resume();
  }

  /** Stops reading stdout: what it prints fills the pipe. */
  pause(): void {
    const { stdout } = this.#child;
    stdout.removeAllListeners("data");
    stdout.pause();
    // without a listener Node throws away what an ended process has printed
    stdout.on("readable", () => {});
  }

  /** Reads so many bytes of a paused stdout, or as many as there are. */
  sip(bytes: number): Buffer {
    const { stdout } = this.#child;
    const chunk: unknown = stdout.read(Math.min(bytes, stdout.readableLength));
    if (!Buffer.isBuffer(chunk)) return Buffer.alloc(0);
    this.#take(chunk);
    return chunk;
  }

  /** Goes away as the reader of its stdout. */
  closeStdout(): void {
    this.#child.stdout.destroy();
  }

  /** Resolves once the pipe has taken the bytes, or the process its stdin away. */
  async write(bytes: string | Buffer): Promise<void> {
    const { stdin } = this.#child;
    if (this.#isStdinBroken || stdin.destroyed || this.hasEnded) return;
    this.#options.sent?.(Buffer.from(bytes));
    if (!stdin.write(bytes)) {
      const drained = once(stdin, "drain").catch(() => {});
      await this.#within(
        Promise.race([drained, this.#until(() => this.#isStdinBroken || this.hasEnded)]),
        "did not read its stdin",
      );
    }
  }

  /** Writes without waiting; tells whether the pipe still takes more at once. */
  offer(bytes: string | Buffer): boolean {
    if (this.#isStdinBroken || this.#child.stdin.destroyed) return false;
    return this.#child.stdin.write(bytes);
  }

  /** Bytes that were written and that the process has not read yet, as far as this side knows. */
  get unread(): number {
    return this.#child.stdin.writableLength;
  }

  endStdin(): void {
    this.#child.stdin.end();
  }

  /** Sends a signal to its whole group. */
  kill(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // it has ended
    }
  }

  /** Resolves to the first line, from `from` on, that matches; undefined when it ended without one. */
  async line(matches: (line: OutputLine) => boolean, from = 0): Promise<OutputLine | undefined> {
    const search = this.#search(matches, from);
    await this.#within(this.#until(search.isOver), "did not say what was waited for");
    return search.found();
  }

  /** Resolves to the first line that matches; undefined when it has not come within so many milliseconds. */
  async lineSoon(matches: (line: OutputLine) => boolean, ms: number): Promise<OutputLine | undefined> {
    const search = this.#search(matches, 0);
    await Promise.race([this.#until(search.isOver), sleep(ms, undefined, { ref: false })]);
    return search.found();
  }

  /** Resolves once it has ended and everything that it said is here. */
  async ended(): Promise<Ended> {
    await this.#within(this.#closed, "did not end");
    return this.#outcome();
  }

  /** Resolves once the process itself has ended, whoever else may hold its stdout. */
  async exited(): Promise<Ended> {
    await this.#within(
      this.#until(() => this.hasEnded),
      "did not end",
    );
    return this.#outcome();
  }

  /** The most memory that it has had so far, in bytes; undefined once it has ended, or where the system does not tell. */
  peakBytes(): number | undefined {
    try {
      const kib = /^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))?.[1];
      return kib === undefined ? undefined : Number(kib) * 1024;
    } catch {
      // ended, or not Linux
      return undefined;
    }
  }

  /** Whether a thread of it computes, would if it had a processor, or waits for a disk; false where the system does not tell. */
  get isAtWork(): boolean {
    try {
      const threads = readdirSync(`/proc/${this.pid}/task`);
      return threads.some((id) => /\) [RD] /.test(readFileSync(`/proc/${this.pid}/task/${id}/stat`, "utf8")));
    } catch {
      // ended, or not Linux
      return false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    this.#child.stdin.destroy();
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
    this.#watcher.kill("SIGKILL");
    await Promise.race([this.#closed, sleep(1000, undefined, { ref: false })]);
  }

  #search(matches: (line: OutputLine) => boolean, from: number) {
    let looked = from;
    let found: OutputLine | undefined;
    const isOver = () => {
      for (; found === undefined && looked < this.lines.length; looked += 1) {
        const line = this.lines[looked];
        if (line !== undefined && matches(line)) found = line;
      }
      return found !== undefined || this.#isClosed;
    };
    return { isOver, found: () => found };
  }

  #outcome(): Ended {
    const code = this.#code ?? 128 + (SIGNAL_NUMBERS[this.#signal ?? "SIGKILL"] ?? 0);
    const chunks = this.#chunks;
    return {
      code,
      signal: this.#signal,
      lines: this.lines,
      stderr: this.stderr,
      get stdout() {
        return Buffer.concat(chunks).toString();
      },
    };
  }

  #take(chunk: Buffer): void {
    if (this.#flaw !== undefined) return;
    this.#stdoutBytes += chunk.length;
    if (this.#stdoutBytes <= STDOUT_BYTES) this.#chunks.push(chunk);
    try {
      for (const { bytes, lineNumber } of this.#splitter.push(chunk)) this.lines.push(outputLine(bytes, lineNumber));
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      this.#flaw = new Problem(
        `${this.#options.purpose}: it printed a line of more than ${MAX_LINE_BYTES / 1024 / 1024} MiB.`,
      );
      this.kill("SIGKILL");
    }
    this.#notify();
  }

  #takeRest(): void {
    const rest = this.#flaw === undefined ? this.#splitter.end() : undefined;
    if (rest !== undefined) this.lines.push(outputLine(rest.bytes, rest.lineNumber));
  }

  #takeStderr(chunk: Buffer): void {
    this.stderrBytes += chunk.length;
    if (this.stderr.length < STDERR_BYTES) this.stderr += chunk.toString();
  }

  #notify(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  async #until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await this.#wake.promise;
  }

  /** Waits no longer than the deadline; a process that is late is told of, and killed. */
  async #within(work: Promise<unknown>, what: string): Promise<void> {
    const { deadlineMs, purpose } = this.#options;
    const timer = new AbortController();
    const late = sleep(deadlineMs, "late", { signal: timer.signal, ref: false }).catch(() => "done");
    const first = await Promise.race([work.then(() => "done"), late]);
    timer.abort();
    if (this.#flaw !== undefined) throw this.#flaw;
    if (first === "done") return;
    this.kill("SIGKILL");
    throw new Problem(`${purpose}: it ${what} within ${deadlineMs / 1000} s.`);
  }
}
