import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import type { Action } from "./action.ts";
import { endWithThisProcess } from "../processes/end-with-this-process.ts";
import { EventWatch, type Event } from "./event.ts";

const LF = 0x0a;
const STDOUT_FD = 1;
const GARBAGE = Buffer.from('{"type":"record","record":{"stream":\n');
const FORWARDED = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

export type Interposition = { command: string; args: readonly string[]; event: Event; action: Action };

/** How the connector ended, or what stands for it; `fired` tells whether the event came. */
export type Ending = { fired: boolean; code: number | null; signal: NodeJS.Signals | null };

type Child = ChildProcessByStdio<Writable, Readable, null>;

/**
 * Runs a connector between this process's own stdin and stdout, passes every byte on, and does something to it at an
 * event; resolves when it has ended. Rejects when it cannot be started.
 */
export async function interpose({ command, args, event, action }: Interposition): Promise<Ending> {
  // a group of its own: a signal for the group of this process would reach it twice, once from there and once from here
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"], detached: true });
  await once(child, "spawn");
  // a SIGKILL of this process is one of the connector, whatever that is doing, frozen included
  const watcher = endWithThisProcess(child.pid ?? 0);
  for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
  const exited = once(child, "exit");
  // process.stdout cannot be closed, and the reader is to see the end
  const output = createWriteStream("", { fd: STDOUT_FD });
  const injector = new Injector(child, event, action);
  const relays = [
    pipeline(process.stdin, (bytes) => injector.relay(bytes, child.stdin), child.stdin),
    pipeline(child.stdout, (bytes) => injector.relay(bytes, output), output),
  ];
  // a pipe that breaks ends its two sides, as it would if they were joined directly
  const [, whatItSays] = relays.map((relay) => relay.catch(() => {}));
  const [code, signal] = await exited;
  process.stdin.destroy();
  await whatItSays;
  watcher.kill("SIGKILL");
  for (const name of FORWARDED) process.removeAllListeners(name);
  return injector.fired ? { fired: true, ...endingOf(action, { code, signal }) } : { fired: false, code, signal };
}

/**
 * What the outside is to see. What has a last word decides it: a short connector may have written all and ended by
 * itself before its event was found in the pipe, and nobody outside could tell that it was not killed at the event.
 */
function endingOf(action: Action, own: Omit<Ending, "fired">): Omit<Ending, "fired"> {
  if (action.name === "exit") return { code: action.code, signal: null };
  return action.name === "kill" ? { code: null, signal: "SIGKILL" } : own;
}

/** Passes bytes on in both directions until the event has come in one of them. */
class Injector {
  fired = false;
  readonly #child: Child;
  readonly #event: Event;
  readonly #action: Action;

  constructor(child: Child, event: Event, action: Action) {
    this.#child = child;
    this.#event = event;
    this.#action = action;
  }

  async *relay(chunks: AsyncIterable<Buffer>, to: Writable): AsyncGenerator<Buffer> {
    const watch = new EventWatch(this.#event);
    // to act before a line, none may be passed on in part
    for await (const chunk of this.#event.isBefore ? wholeLines(chunks) : chunks) {
      const place = this.fired ? undefined : watch.find(chunk);
      if (place === undefined) {
        yield chunk;
        continue;
      }
      const cut = this.#event.isBefore ? place.start : place.end;
      if (cut > 0) yield chunk.subarray(0, cut);
      await untilTaken(to);
      this.fired = true;
      if (this.#action.name === "garbage") yield GARBAGE;
      if ((await this.#act()) === "end") return;
      if (cut < chunk.length) yield chunk.subarray(cut);
    }
  }

  /** Resolves to "end" where nothing behind the event is to be passed on. */
  async #act(): Promise<"end" | "go on"> {
    switch (this.#action.name) {
      case "kill":
      case "exit":
        this.#child.kill("SIGKILL");
        return "end";
      case "close":
        return "end";
      case "term":
        this.#child.kill("SIGTERM");
        return "go on";
      case "stall":
        await sleep(this.#action.ms);
        return "go on";
      case "stop":
        this.#child.kill("SIGSTOP");
        process.stderr.write(`sluice-interpose: process ${this.#child.pid} is frozen.\n`);
        if (this.#action.ms !== undefined) setTimeout(() => this.#child.kill("SIGCONT"), this.#action.ms);
        return "go on";
      case "garbage":
        return "go on";
    }
  }
}

async function* wholeLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(LF) + 1;
    if (end > 0) yield Buffer.concat([...parts, chunk.subarray(0, end)]);
    parts = end > 0 ? [chunk.subarray(end)] : [...parts, chunk];
  }
  yield Buffer.concat(parts);
}

/** Resolves once the system has taken what was written. */
async function untilTaken(to: Writable): Promise<void> {
  do await setImmediate();
  while (to.writableLength > 0 && !to.destroyed);
}
