import { z } from "zod";
import { ConfiguredStream, Stream, TimeRange } from "./catalog.ts";
import { FailureType } from "./failure.ts";

const StreamName = z.string().min(1).describe("Name of a stream in the catalog.");
const Seq = z.int().nonnegative().describe("Grows by one over all states of one read.");
const Epoch = z
  .int()
  .nonnegative()
  .describe("Number of the write process that committed; a newer one fences older ones.");
const Count = z.int().nonnegative();
const RecordCounts = z
  .record(z.string(), z.int().nonnegative())
  .describe("Records by stream that this process has emitted so far.");

/** What became of the records of one stream; each record is counted once. */
export const CommittedCounts = z
  .looseObject({
    received: z.int().nonnegative().describe("Records that arrived."),
    written: z.int().nonnegative().describe("Rows inserted or updated."),
    skipped: z.int().nonnegative().describe("Superseded, stale, duplicate or unchanged."),
    deleted: z.int().nonnegative().describe("Deletes that took effect."),
    rejected: z.int().nonnegative().describe("Refused for their values."),
  })
  .describe("What became of the records of one stream since the process started.");
export type CommittedCounts = z.infer<typeof CommittedCounts>;
const Committed = z.record(z.string(), CommittedCounts).describe("By stream.");

export const Capabilities = z
  .looseObject({
    incremental: z.boolean().optional().describe("Source: continues from a state with what changed."),
    live: z.boolean().optional().describe("Source: follows changes until it is stopped."),
    inputs: z.boolean().optional().describe("Source: takes pushed events on stdin."),
    time_range: z.boolean().optional().describe("Source: reads a range of time."),
    resumable_full_refresh: z.boolean().optional().describe("Source: continues an interrupted full refresh."),
    versions: z.boolean().optional().describe("Source: every record carries a version."),
    modes: z.array(z.string()).optional().describe("Destination: modes that it can write."),
    deletes: z.enum(["hard", "soft"]).optional().describe("Destination: what a delete does."),
    transactional_checkpoints: z.boolean().optional().describe("Destination: rows and state share a transaction."),
    fencing: z.boolean().optional().describe("Destination: an older writer cannot commit."),
    schema_evolution: z.boolean().optional().describe("Destination: follows a changed catalog."),
    sweep: z.boolean().optional().describe("Destination: deletes what a full listing no longer had."),
  })
  .describe("What the connector can do beyond the minimum.");
export type Capabilities = z.infer<typeof Capabilities>;

const payloads = {
  spec: z
    .looseObject({
      protocol_version: z.literal(1),
      connector: z.looseObject({
        name: z.string(),
        version: z.string(),
        kind: z.enum(["source", "destination"]),
        description: z.string().optional().describe("In a sentence, what it does."),
      }),
      config: z
        .record(z.string(), z.unknown())
        .describe('JSON Schema of the configuration; secrets carry "secret": true.'),
      capabilities: Capabilities,
      docs_url: z.string().optional(),
    })
    .describe("What a connector is and how it is configured."),
  connection_status: z
    .looseObject({
      status: z.enum(["succeeded", "failed"]),
      message: z.string().describe("For a person: what was found and what to do."),
      fields: z.array(z.looseObject({ path: z.string(), message: z.string() })).optional(),
      streams: z
        .array(
          z.looseObject({
            stream: StreamName,
            status: z.enum(["granted", "denied", "unavailable"]),
            message: z.string().optional(),
          }),
        )
        .optional(),
    })
    .describe("The answer to check."),
  catalog: z
    .looseObject({
      streams: z.array(z.union([ConfiguredStream, Stream])),
      pipeline_id: z.string().optional(),
      resumed_from: z
        .array(
          z.looseObject({
            scope: z.enum(["stream", "global"]),
            stream: z.string().optional(),
            epoch: Epoch.optional(),
            seq: Seq,
          }),
        )
        .optional()
        .describe("The states that this read continues from."),
    })
    .describe("The streams that follow; the first line of every read."),
  ready: z
    .looseObject({ epoch: Epoch, states: z.array(z.record(z.string(), z.unknown())) })
    .describe("The destination is open; the states are where to resume."),
  record: z
    .looseObject({
      stream: StreamName,
      op: z.enum(["upsert", "delete"]).optional().describe("Upsert when absent."),
      version: z.int().nonnegative().optional().describe("Only grows for one key; orders the records of a key."),
      emitted_at: z.string().optional().describe("ISO 8601, UTC."),
      data: z.record(z.string(), z.unknown()),
    })
    .describe("One record."),
  state: z
    .looseObject({
      seq: Seq,
      scope: z.enum(["stream", "global"]),
      stream: z.string().optional().describe("With scope stream."),
      generation_id: z.string().optional(),
      records: RecordCounts.optional(),
      inputs_through: z.int().optional(),
      data: z.unknown().describe("Opaque to all but the source."),
      epoch: Epoch.optional(),
      committed: Committed.optional(),
    })
    .describe("A point from which a later read may continue; covers all records of its scope before it."),
  committed: z
    .looseObject({ seq: Seq, inputs_through: z.int().optional() })
    .describe("What is now durable, told to a live source."),
  stream_status: z
    .looseObject({
      stream: StreamName,
      status: z.enum(["started", "running", "complete", "incomplete", "skipped", "failed"]),
      reason: z.string().optional(),
      failure_type: FailureType.optional(),
      range: TimeRange.optional(),
      generation_id: z.string().optional(),
      records: z
        .int()
        .nonnegative()
        .optional()
        .describe("Records of this stream that this process has emitted so far."),
      sweep_version: z.int().nonnegative().optional(),
      epoch: Epoch.optional(),
      committed: Committed.optional(),
    })
    .describe("How a stream is doing; complete, incomplete, skipped and failed are terminal."),
  rejected: z
    .looseObject({
      stream: StreamName,
      key: z.unknown(),
      reason: z.string(),
      data: z.unknown().describe("The record's data as it came."),
    })
    .describe("A record that the destination could not store; printed before the commit around it."),
  error: z
    .looseObject({
      failure_type: FailureType,
      message: z.string().describe("For a person: what failed, on what, what to do."),
      detail: z.string().optional(),
      stream: z.string().optional(),
      retry_after_ms: z.number().nonnegative().optional(),
      stack: z.string().optional(),
    })
    .describe("A failure."),
  log: z
    .looseObject({
      level: z.enum(["debug", "info", "warn", "error"]),
      message: z.string(),
      fields: z.record(z.string(), z.unknown()).optional(),
    })
    .describe("Something a person may want to know."),
  control: z
    .looseObject({ config: z.record(z.string(), z.unknown()) })
    .describe("The full new configuration, to be stored before anything behind it is relayed."),
  progress: z
    .looseObject({
      streams: z.record(
        z.string(),
        z.looseObject({
          status: z.string().describe("As the stream's last status has it; waiting before the first."),
          read: Count.describe("Records that passed."),
          committed: Count.describe("Of these, what the destination says is durable."),
          rejected: Count,
          rows_per_second: Count,
          ranges_done: Count.optional().describe("Parts of the stream that are done, where the source tells."),
        }),
      ),
      totals: z.looseObject({
        read: Count,
        committed: Count,
        rejected: Count,
        rows_per_second: Count,
        bytes_per_second: Count,
        lag_ms: Count.optional().describe(
          "Of a live run: how long the last state took from the source until it was durable, or the oldest one waits already; once none has come for 90 seconds, how long ago the last one did.",
        ),
      }),
    })
    .describe("How a run is doing, told by the runner."),
  input: z
    .looseObject({
      seq: Seq,
      received_at: z.string(),
      kind: z.string(),
      headers: z.record(z.string(), z.string()),
      body: z.string().describe("Raw text."),
    })
    .describe("A pushed event for the source."),
  summary: z
    .looseObject({ exit_code: z.int(), streams: z.record(z.string(), z.looseObject({})) })
    .describe("How a run ended; the runner's last line."),
} as const;

export type MessageType = keyof typeof payloads;
/** The payload of a message of type T, without its envelope. */
export type Payload<T extends MessageType> = z.infer<(typeof payloads)[T]>;
/** A whole message as it stands on a line: `{"type": T, T: {…}}`. */
export type Message = { [T in MessageType]: { type: T } & Record<T, Payload<T>> }[MessageType];

function envelope<T extends MessageType>(type: T): z.ZodType<Message> {
  // zod cannot infer an object type with a computed key; the payload's own schema is what checks it
  return z.looseObject({ type: z.literal(type), [type]: payloads[type] }) as z.ZodType<object> as z.ZodType<Message>;
}

/** The zod schema of a whole message by its type. */
export const messageSchemas: Readonly<Record<MessageType, z.ZodType<Message>>> = Object.freeze(
  Object.fromEntries(Object.keys(payloads).map((type) => [type, envelope(type as MessageType)])) as Record<
    MessageType,
    z.ZodType<Message>
  >,
);

const TERMINAL = ["complete", "incomplete", "skipped", "failed"] as const;
/** The last word about a stream in a read. */
export type TerminalStatus = (typeof TERMINAL)[number];

/** Tells whether nothing more comes of a stream with this status. */
export function isTerminalStatus(status: Payload<"stream_status">["status"]): status is TerminalStatus {
  return (TERMINAL as readonly string[]).includes(status);
}

/** Tells whether this version of the protocol knows a message type. */
export function isMessageType(type: string): type is MessageType {
  return Object.hasOwn(payloads, type);
}

/** Yields the JSON Schema (draft 2020-12) of all messages, as published in `messages.schema.json`. */
export function messagesJsonSchema(): Record<string, unknown> {
  const types = Object.keys(messageSchemas) as MessageType[];
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Sluice protocol, version 1",
    oneOf: types.map((type) => {
      const { $schema: _, ...schema } = z.toJSONSchema(messageSchemas[type], { io: "input" });
      return { title: type, ...schema };
    }),
  };
}
