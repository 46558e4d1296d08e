import type { Readable, Writable } from "node:stream";
import type { Payload } from "@sluice/protocol";

/** A verb of a connector with its flags, and the files whose paths the flags name. */
export type Invocation = {
  verb: readonly string[];
  flags?: readonly string[];
  /** Content by flag: `{"--catalog": "…"}` becomes `--catalog PATH`. --config is given by the side itself. */
  files?: Readonly<Record<string, string>>;
};

/** How a started side ended: by itself with an exit code, by a signal, or never begun. */
export type SideEnd = { exitCode: number | undefined; signal: string | undefined; startFailure: string | undefined };

/** A connector that runs. Its streams are those of its stdio. */
export type RunningSide = {
  stdin: Writable;
  stdout: Readable;
  /** Resolves when it has ended, whatever still holds its output. */
  ended: Promise<SideEnd>;
  /** Asks it, or with SIGKILL forces it and all that it started, to end. */
  kill(signal: "SIGTERM" | "SIGINT" | "SIGKILL"): void;
  /** The last that it said on stderr, secrets masked. */
  stderrTail(): string;
  /** Removes the files that it was started with; it has read them. */
  releaseFiles(): Promise<void>;
};

/** A source or a destination that a run can start: a program, or one that lives in this process. */
export type Side = {
  /** As messages name it: "source-stripe". */
  name: string;
  /** Resolves to what it is and can do. Throws `config` when there is no such program. */
  spec(): Promise<Payload<"spec">>;
  start(invocation: Invocation): Promise<RunningSide>;
  /** Yields the text with this side's secrets masked. */
  mask(text: string): string;
};
