import type { z } from "zod";
import type { ConfiguredStream, Stream } from "../catalog.ts";
import type { SluiceError } from "../failure.ts";
import type { Capabilities, Message, Payload } from "../message.ts";

/** What a successful `check` found; a failing one throws a SluiceError. */
export type CheckResult = Pick<Payload<"connection_status">, "message" | "streams">;

/** A stream to be read, and where an earlier read of it stopped. */
export type ReadStream = ConfiguredStream & {
  /** The `data` of the newest state of this stream; undefined at the start. */
  state: unknown;
};

export type ReadContext = {
  streams: ReadStream[];
  /** The `data` of the newest global state; undefined at the start. */
  globalState: unknown;
  /** Aborts on SIGTERM and SIGINT: stop asking, emit the last state, return. */
  signal: AbortSignal;
  /** Go on with what changes until the signal aborts; only asked of sources with the capability `live`. */
  live: boolean;
  /** What the runner tells a live read: pushed events, and what is durable by now. It ends when the runner does. */
  inbox: AsyncIterable<InboxMessage>;
  /** Whether somebody tells what is durable: a runner does, a shell pipe does not. */
  hearsCommits: boolean;
};

/** How a source's `setup` and `teardown` are done. */
export type SetupOptions<Config> = {
  /** Say what would be done, and change nothing. */
  dryRun: boolean;
  /** Prints the whole configuration as it is from now on, such as with a secret that setup was given. */
  configured(config: Config): Promise<void>;
};

/** A message for a source. */
export type InboxMessage = Extract<Message, { type: "committed" | "input" }>;

/**
 * What `read` yields. `lines` are whole canonical record lines of one stream, for sources that work on bytes.
 * A state without `stream` is global. `failure` ends one stream and lets the others go on.
 */
export type SourceOutput =
  | {
      type: "record";
      stream: string;
      data: Record<string, unknown>;
      op?: "upsert" | "delete";
      version?: number;
      emittedAt?: string;
    }
  | {
      type: "lines";
      stream: string;
      count: number;
      bytes: Buffer;
      /** Called once the lines are printed: the memory of `bytes` is the source's again. */
      release?: () => void;
    }
  | {
      type: "state";
      stream?: string;
      data: unknown;
      /** Every pushed input up to this number is in what was yielded before. */
      inputsThrough?: number;
      /** Called once the system took the state and all before it, which is then as durable as a pipe can tell. */
      printed?: () => void;
    }
  | { type: "complete"; stream: string; sweepVersion?: number }
  | { type: "skipped"; stream: string; reason: string }
  | { type: "failure"; stream: string; error: SluiceError };

/** A source: a schema and three functions. `runSource` makes it an executable. */
export type Source<Config> = {
  /** Begins with "source-"; names the executable and its environment variables. */
  name: string;
  version: string;
  description: string;
  docsUrl?: string;
  capabilities?: Capabilities;
  config: z.ZodType<Config>;
  check(config: Config): Promise<CheckResult>;
  discover(config: Config): Promise<Stream[]>;
  /** What a read without a catalog reads, where `discover` asks more than that takes. */
  streams?(config: Config): Promise<Stream[]>;
  /** Makes what a live read needs on the other side; yields sentences that say what was done, or would be. */
  setup?(config: Config, options: SetupOptions<Config>): Promise<string[]>;
  /** Removes what setup made, and nothing else; yields sentences that say what. */
  teardown?(config: Config, options: Pick<SetupOptions<Config>, "dryRun">): Promise<string[]>;
  /** Yields records, with a state after each point from which a later read may continue. */
  read(config: Config, context: ReadContext): AsyncIterable<SourceOutput>;
};
