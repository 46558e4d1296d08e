import type { z } from "zod";
import type { ConfiguredStream } from "../catalog.ts";
import type { Capabilities, CommittedCounts, Payload } from "../message.ts";
import type { RecordLine } from "./record-line.ts";
import type { CheckResult } from "./source.ts";

/** A record as a plain destination gets it. */
export type DestinationRecord = {
  stream: string;
  op: "upsert" | "delete";
  version: number | undefined;
  /** Parsed, numbers as JavaScript has them. */
  data: Record<string, unknown>;
  /** The text of `data` as it came, every digit of it. */
  json: string;
};

/** What `open` gives: the helper echoes a state only after the `flush` behind it resolved. */
export type Writer = {
  write(records: DestinationRecord[]): Promise<void>;
  /** Resolves once everything written so far is durable. */
  flush(): Promise<void>;
  /**
   * Gets the streams of a catalog in the middle of the input, new or with a new schema, behind a flush. Without it a
   * stream that is new ends the run.
   */
  schema?(streams: ConfiguredStream[]): Promise<void>;
  close(): Promise<void>;
};

/**
 * A state or a terminal status: what stands before it belongs together. `line` is as it came, without LF, so that
 * what is opaque to the destination can be stored and echoed token by token.
 */
export type CommitPoint = { line: Buffer } & (
  { type: "state"; state: Payload<"state"> } | { type: "status"; status: Payload<"stream_status"> }
);

export type WriteContext = {
  streams: ConfiguredStream[];
  /** Checkpoints are kept under this id; without one none are. */
  pipelineId: string | undefined;
  /** The states that the source says it continued from; undefined when that comes later, by `resumed`. */
  resumedFrom: Payload<"catalog">["resumed_from"];
  /** Names the run that this process is a part of; two processes of one run take a lease over from each other. */
  runId: string | undefined;
  /** Take the pipeline over although another run holds it. */
  force: boolean;
};

/** How a receiver answers: each call prints its line in order. */
export type Replies = {
  /** To be called after the COMMIT of everything that the point covers, never before. */
  committed(point: CommitPoint, counts: Record<string, CommittedCounts>, epoch?: number): Promise<void>;
  /** To be called before the COMMIT around the record. */
  rejected(rejected: Payload<"rejected">): Promise<void>;
  /** Ends the run when work in the background failed while no call was waiting for it. */
  failed(error: unknown): void;
};

/**
 * What `receive` gives: it sees every line in order and decides itself when to commit, for destinations that work on
 * bytes or keep the checkpoint in their own transaction. A returned promise holds the input back until it resolves.
 */
export type Receiver = {
  /** The `ready` line of a destination with transactional checkpoints, without LF. */
  ready?: string;
  /** Gets what the source says it continued from, where that was not known at `receive`; throws to refuse it. Before any record. */
  resumed?(from: NonNullable<WriteContext["resumedFrom"]>): void;
  record(record: RecordLine): Promise<void> | undefined;
  /** Gets states, terminal statuses, and a mid-stream catalog as `schema`. */
  point(point: CommitPoint): Promise<void> | undefined;
  schema(streams: ConfiguredStream[]): Promise<void>;
  /** The input has ended well: commit what its points cover. */
  end(): Promise<void>;
  /** Something failed, here or before: release everything, commit nothing more. */
  abort(): Promise<void>;
};

/** A state and the line that it came on, without LF. */
export type StateLine = { state: Payload<"state">; line: Buffer };

/** Keeps states between runs; `set` and `clear` take a new epoch, so that a running writer is fenced. */
export type Checkpoints<Config> = {
  /** Yields a state line, without LF, for each scope; its data token by token as it came. */
  get(config: Config, pipelineId: string): Promise<string[]>;
  /** Yields state lines, without LF, of the past as well, oldest first; where a destination keeps them. */
  history?(config: Config, pipelineId: string): Promise<string[]>;
  set(config: Config, options: { pipelineId: string; states: StateLine[] }): Promise<void>;
  clear(config: Config, pipelineId: string): Promise<void>;
};

/** A destination: a schema, `check`, and either `open` (plain) or `receive`. `runDestination` makes it an executable. */
export type Destination<Config> = {
  /** Begins with "destination-"; names the executable and its environment variables. */
  name: string;
  version: string;
  description: string;
  docsUrl?: string;
  capabilities?: Capabilities;
  config: z.ZodType<Config>;
  check(config: Config): Promise<CheckResult>;
  /**
   * Makes what the streams need, or with `dryRun` only yields the statements that would. `configured` tells a changed
   * configuration, such as the id of what was made, in a `control` message.
   */
  setup?(
    config: Config,
    options: { streams: ConfiguredStream[]; dryRun: boolean; configured(config: Config): Promise<void> },
  ): Promise<string[]>;
  /**
   * Removes what `setup` made for the streams, and the states of the pipeline if one is given; or with `dryRun` only
   * yields the statements that would. What is not of this destination's making stays.
   */
  teardown?(
    config: Config,
    options: { streams: ConfiguredStream[]; pipelineId: string | undefined; dryRun: boolean },
  ): Promise<string[]>;
  checkpoints?: Checkpoints<Config>;
} & (
  | { open(config: Config, context: WriteContext): Promise<Writer> }
  | { receive(config: Config, context: WriteContext & { replies: Replies }): Promise<Receiver> }
);
