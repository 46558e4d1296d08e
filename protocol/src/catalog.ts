import { z } from "zod";

/** Whole seconds since 1970 or an ISO 8601 instant, as the source's cursor field has it. */
const TimeBound = z.union([z.int(), z.string()]);

/** A half-open range of a stream's cursor: from `gte` up to, not including, `lt`. */
export const TimeRange = z
  .looseObject({
    gte: TimeBound.optional().describe("First moment inside the range."),
    lt: TimeBound.optional().describe("First moment behind the range."),
  })
  .describe("A half-open range of the stream's cursor field.");
export type TimeRange = z.infer<typeof TimeRange>;

/** One stream that a source offers, as `discover` prints it. */
export const Stream = z
  .looseObject({
    name: z.string().min(1).describe("Unique in the catalog."),
    json_schema: z
      .record(z.string(), z.unknown())
      .describe('JSON Schema (draft 2020-12) of a record\'s data; format "unix-time" marks integer seconds.'),
    primary_key: z.array(z.string()).optional().describe("Top-level properties that identify a record."),
    cursor_field: z.string().optional().describe("The property that grows with time."),
    namespace: z.string().optional().describe("Where the stream belongs in the source, such as a schema."),
    supports: z
      .looseObject({
        incremental: z.boolean().optional().describe("Can continue with only what changed."),
        time_range: z.boolean().optional().describe("Can be read for a range of time."),
        deletes: z.boolean().optional().describe("Sends deletes."),
      })
      .optional()
      .describe("What a configured stream may ask for."),
    parent: z.string().optional().describe("The stream whose records embed this one's."),
    metadata: z.record(z.string(), z.unknown()).optional().describe("Whatever else the source knows of it."),
  })
  .describe("A stream that the source offers.");
export type Stream = z.infer<typeof Stream>;

export const SyncMode = z
  .enum(["full_refresh", "incremental"])
  .describe("Everything, or what changed since the state.");
export type SyncMode = z.infer<typeof SyncMode>;

export const DestinationMode = z
  .enum(["append", "merge", "overwrite", "history"])
  .describe("How records become rows: added, merged by key and version, replaced as a whole, or kept by version.");
export type DestinationMode = z.infer<typeof DestinationMode>;

/** A stream as one run reads and writes it. */
export const ConfiguredStream = z
  .looseObject({
    stream: Stream,
    sync_mode: SyncMode,
    destination_mode: DestinationMode,
    fields: z.array(z.string()).optional().describe("Only these top-level properties."),
    time_range: TimeRange.optional(),
    limit: z.int().positive().optional().describe("At most so many records."),
    generation_id: z.string().optional().describe("Changes with every new full refresh and only then."),
  })
  .describe("A stream and how this run treats it.");
export type ConfiguredStream = z.infer<typeof ConfiguredStream>;
