import { spawn } from "node:child_process";
import type { Defect } from "./defect.ts";

/** A write to a pipe that takes so long has found it full. */
const FULL_MS = 100;
const SECRET_MS = 1500;

type Write = typeof process.stdout.write;

/** What a source and a destination can be made to do wrong with their pipes. */
export const processDefects = {
  F5: {
    begin: () =>
      onWrite((write, args) => {
        const started = performance.now();
        const isTaken = write(...args);
        // for ever: nothing will wake it up
        if (!isTaken || performance.now() - started > FULL_MS)
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
        return isTaken;
      }),
  },
  F6: {
    begin: () =>
      onWrite((write, [chunk, second, third]) => {
        write(chunk);
        const done = typeof second === "function" ? second : third;
        if (done !== undefined) process.nextTick(done);
        return true;
      }),
  },
  F7: {
    begin: () =>
      process.on("exit", () => {
        process.exitCode = 0;
      }),
  },
} satisfies Record<string, Defect<never>>;

/** Prints a configuration in base64, as programs do that log headers. */
export function logsConfig(config: object): void {
  process.stderr.write(`authorization: ${Buffer.from(JSON.stringify(config)).toString("base64")}\n`);
}

/** Starts a process with a secret in its arguments, in the group of this one. */
export function startsWithSecret(secret: string): void {
  spawn(process.execPath, ["-e", `setTimeout(() => {}, ${SECRET_MS})`, secret], { stdio: "ignore" });
}

/** Yields the hour of the clock. */
export function hourNow(): string {
  return new Date().toISOString().slice(0, 13);
}

/** Computes for `ms`, as slow code does: on a busy machine it takes longer, as all the rest does. */
export function takesItsTime(ms: number): void {
  const before = process.cpuUsage();
  const spentMs = () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  while (spentMs() < ms);
}

type WriteArguments = [chunk: string | Uint8Array, second?: BufferEncoding | (() => void), third?: () => void];

function onWrite(change: (write: (...args: WriteArguments) => boolean, args: WriteArguments) => boolean): void {
  const write = process.stdout.write.bind(process.stdout) as (...args: WriteArguments) => boolean;
  process.stdout.write = ((...args: WriteArguments) => change(write, args)) as Write;
}
