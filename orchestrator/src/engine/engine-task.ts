import { ConfiguredStream, Stream } from "@sluice/protocol";
import { z } from "zod";
import { PipelineSettings, RunOptions } from "../pipelines/settings.ts";

const MAX_TIME_MS = 24 * 3_600_000;

const EngineSide = z.strictObject({
  connector: z.string().regex(/^(source|destination)-[a-z0-9-]{1,60}$/, "it must be a name such as source-stripe"),
  config: z.record(z.string(), z.unknown()).default({}),
});
export type EngineSide = z.infer<typeof EngineSide>;

const Streams = z.array(z.union([ConfiguredStream, Stream])).min(1);
const States = z
  .array(z.string().max(4_000_000))
  .default([])
  .describe("State messages to go on from, each as the line that it came on, so that no number in it is changed.");
const TimeLimit = z
  .int()
  .min(1000)
  .max(MAX_TIME_MS)
  .default(3_600_000)
  .describe("After this time it is stopped in order: what was committed until then can be gone on from.");
const PipelineId = z.string().min(1).max(200);

/** What each verb of the engine is asked for with: all that it needs, since nothing is kept. */
export const EngineTasks = {
  check: EngineSide,
  discover: EngineSide,
  setup: EngineSide.extend({ streams: Streams, dry_run: z.boolean().default(false) }),
  teardown: EngineSide.extend({
    streams: Streams,
    pipeline_id: PipelineId.optional().describe("Forget the states of this pipeline as well."),
    dry_run: z.boolean().default(false),
  }),
  read: EngineSide.extend({ streams: Streams.optional(), states: States, time_limit_ms: TimeLimit }),
  write: EngineSide.extend({
    streams: Streams.optional().describe("All that is written; else the first message is a catalog."),
    time_limit_ms: TimeLimit,
  }),
  sync: z.strictObject({
    source: EngineSide,
    destination: EngineSide,
    pipeline_id: PipelineId,
    settings: PipelineSettings.default({}).describe("Streams, limits and so on, as in a sluice.yaml."),
    options: RunOptions.omit({ full_refresh: true }).default({}),
    states: States,
    time_limit_ms: TimeLimit,
  }),
} as const;

export type EngineVerb = keyof typeof EngineTasks;
/** A verb with what it needs: what the process that carries it out is told on the first line of stdin. */
export type EngineTask = {
  [Verb in EngineVerb]: { verb: Verb; request: z.infer<(typeof EngineTasks)[Verb]> };
}[EngineVerb];
