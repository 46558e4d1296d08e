import { PassThrough, type Readable, type Writable } from "node:stream";
import { ExitCode, SluiceError, type Capabilities, type Payload } from "@sluice/protocol";
import type { Invocation, RunningSide, Side, SideEnd } from "./side.ts";

/** The stdio of a side that lives in this process. */
export type SideIo = {
  invocation: Invocation;
  stdin: Readable;
  stdout: Writable;
  /** Aborts when the run asks it to stop. */
  signal: AbortSignal;
};

export type InProcessSideOptions = {
  name: string;
  kind: "source" | "destination";
  capabilities?: Capabilities;
  /** Does the work of a verb; resolves to the exit code. */
  main(io: SideIo): Promise<number>;
};

/** Yields a side that is a function of this process instead of a program, for tests and for what needs no program. */
export function inProcessSide({ name, kind, capabilities = {}, main }: InProcessSideOptions): Side {
  const spec: Payload<"spec"> = {
    protocol_version: 1,
    connector: { name, version: "0.0.0", kind },
    config: {},
    capabilities,
  };
  return {
    name,
    spec: async () => spec,
    mask: (text) => text,
    start: async (invocation) => start(invocation, main),
  };
}

function start(invocation: Invocation, main: InProcessSideOptions["main"]): RunningSide {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const stop = new AbortController();
  let said = "";
  const killed = Promise.withResolvers<SideEnd>();
  const finished = main({ invocation, stdin, stdout, signal: stop.signal })
    .catch((error: unknown) => {
      said = error instanceof Error ? error.message : String(error);
      return error instanceof SluiceError ? error.exitCode : ExitCode.unexpected;
    })
    .then((exitCode) => {
      stdout.end();
      // as of a process that has ended: nobody reads its stdin any more
      stdin.destroy();
      return { exitCode, signal: undefined, startFailure: undefined };
    });
  return {
    stdin,
    stdout,
    ended: Promise.race([finished, killed.promise]),
    stderrTail: () => said,
    releaseFiles: async () => {},
    kill(signal) {
      stop.abort();
      if (signal !== "SIGKILL") return;
      killed.resolve({ exitCode: undefined, signal, startFailure: undefined });
      stdin.destroy();
      stdout.end();
    },
  };
}
