import { DestinationMode, SyncMode, TimeRange } from "@sluice/protocol";
import { z } from "zod";

const Connector = z
  .strictObject({
    connector: z
      .string()
      .regex(/^[a-z][a-z0-9-]*$/, "it must be a name such as source-stripe; for a program of yours give command")
      .optional()
      .describe("Name of the program, found in node_modules/.bin of this folder and those above it, then on PATH."),
    command: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe("The program and its arguments, instead of a name: [python3, my_source.py]."),
    config: z
      .record(z.string(), z.unknown())
      // what YAML makes of a "config:" with nothing but comments below it
      .nullable()
      .default({})
      .transform((config) => config ?? {})
      .describe("The connector's own configuration."),
    env: z.array(z.string()).default([]).describe("Names of environment variables to hand on to it."),
  })
  .refine(({ connector, command }) => (connector === undefined) !== (command === undefined), {
    message: "give either connector or command",
  });

const StreamSelection = z.union([
  z.string().min(1),
  z.strictObject({
    name: z.string().min(1).describe("Name of a stream; * stands for any part of one."),
    sync_mode: SyncMode.optional(),
    destination_mode: DestinationMode.optional(),
    fields: z.array(z.string()).optional().describe("Only these top-level fields, and the key."),
    time_range: TimeRange.optional(),
    limit: z.int().positive().optional().describe("At most so many records."),
  }),
]);

const State = z.union([
  z.literal("destination"),
  z.literal("file"),
  z.strictObject({
    postgres: z.strictObject({
      connection_string: z.string().min(1),
      schema: z.string().min(1).optional(),
    }),
  }),
]);

/** Below what timers can wait, also twice as long: 2^31 - 1. */
const milliseconds = z.int().positive().max(1_000_000_000);

export const Pipeline = z.strictObject({
  source: Connector.describe("Where records come from."),
  destination: Connector.describe("Where records go."),
  streams: z.array(StreamSelection).min(1).optional().describe("Streams to move; all when left out."),
  live: z.boolean().default(false).describe("Go on with what changes, until the run is stopped."),
  state: State.optional().describe(
    "Where to keep the states: with the rows in the destination (the default where it can), in files below .sluice, or in a Postgres.",
  ),
  retries: z.int().min(0).max(100).default(5).describe("Times to begin again after a passing failure."),
  idle_timeout_ms: milliseconds.default(900_000).describe("Longest silence of both sides."),
  progress_timeout_ms: milliseconds.default(3_600_000).describe("Longest time without a record and without a state."),
  grace_ms: milliseconds.default(30_000).describe("Time to end in order, before force."),
  max_line_bytes: z.int().min(1024).optional().describe("Longest line; 64 MiB by default."),
  strict: z.boolean().default(false).describe("Fail on a line that is no message."),
});
export type Pipeline = z.infer<typeof Pipeline>;
export type PipelineConnector = Pipeline["source"];

/** The content of a sluice.yaml: pipelines by their id. */
export const PipelineFile = z.strictObject({
  pipelines: z
    .record(
      z.string().regex(/^[A-Za-z0-9_][\w.-]*$/, 'a pipeline\'s id has letters, digits, "-", "_" and "."'),
      Pipeline,
    )
    .refine((pipelines) => Object.keys(pipelines).length > 0, "name at least one pipeline")
    .describe("Pipelines by the id under which their states are kept."),
});
export type PipelineFile = z.infer<typeof PipelineFile>;

/** Yields the JSON Schema (draft 2020-12) of sluice.yaml, as published in `sluice.schema.json`. */
export function pipelineFileJsonSchema(): Record<string, unknown> {
  return { title: "sluice.yaml", ...z.toJSONSchema(PipelineFile, { io: "input" }) };
}
