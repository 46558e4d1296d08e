import { ConfiguredStream, Stream } from "@sluice/protocol";
import { z } from "zod";
import { PipelineSettings, RunOptions } from "../pipelines/settings.ts";
import { MAX_NAME_LENGTH } from "../store/pipelines.ts";
import { HEALTHS } from "../store/pipeline-health.ts";
import { ATTEMPT_OUTCOMES } from "../store/run-attempts.ts";
import { RUN_STATUSES } from "../store/runs.ts";
import { ROLES } from "../store/tokens.ts";

// What the API takes and answers. Times are ISO 8601; JSON is snake_case, as on the wire.
const Time = z.date().describe("ISO 8601, UTC.");
const Id = z.string().min(1).max(100);
const Name = z.string().trim().min(1).max(MAX_NAME_LENGTH);
const Json = z.record(z.string(), z.unknown());

export const IdParams = z.object({ id: Id });

/** A body that is sent as it comes, such as lines of messages. */
export const Text = z.unknown().meta({ type: "string" });

/** Of a change or a deletion: only when the thing is still of this version. */
export const IfMatch = z.looseObject({
  "if-match": z.string().max(100).optional().describe("The ETag that the change was made from."),
});

export const Token = z
  .object({
    id: Id,
    name: z.string(),
    role: z.enum(ROLES),
    created_at: Time,
    expires_at: Time.nullable(),
    last_used_at: Time.nullable(),
    revoked_at: Time.nullable(),
  })
  .meta({ id: "Token" });

export const NewToken = z.strictObject({
  name: Name.describe("Whose it is, or what for."),
  role: z.enum(ROLES).describe("viewer looks, operator runs and repairs, admin does everything."),
  expires_at: z.iso.datetime({ offset: true }).optional(),
});

export const Connector = z
  .object({
    name: z.string(),
    version: z.string(),
    kind: z.enum(["source", "destination"]),
    description: z.string().optional().describe("What it does, in a sentence."),
    config: Json.describe("JSON Schema of its configuration; secrets are marked."),
    capabilities: Json,
  })
  .meta({ id: "Connector" });

const ConcurrentRuns = z
  .int()
  .min(1)
  .max(1000)
  .nullable()
  .describe("How many runs may use it at the same time, such as those of one account; no limit when null.");

export const Connection = z
  .object({
    id: Id,
    name: z.string(),
    connector: z.string(),
    kind: z.enum(["source", "destination"]),
    config: Json.describe("Without secrets, which are never answered."),
    secrets_set: z.array(z.string()).describe("Paths of the secrets that it has."),
    concurrent_runs: z.int().nullable().describe("How many runs may use it at the same time; no limit when null."),
    version: z.int(),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: "Connection" });

export const NewConnection = z.strictObject({
  name: Name,
  connector: z.string().regex(/^(source|destination)-[a-z0-9-]{1,60}$/, "it must be a name such as source-stripe"),
  config: Json.describe("Secrets included; they are stored encrypted."),
  concurrent_runs: ConcurrentRuns.default(null),
});

export const ConnectionChange = z.strictObject({
  name: Name.optional(),
  config: Json.optional().describe("All of it but for secrets: one that is left out stays, null takes it away."),
  concurrent_runs: ConcurrentRuns.optional(),
});

export const TriedConfig = z.strictObject({ config: Json });

export const CheckResult = z
  .object({
    status: z.enum(["succeeded", "failed"]),
    message: z.string(),
    fields: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe("What is wrong with the configuration, by field."),
    streams: z
      .array(z.object({ stream: z.string(), status: z.string(), message: z.string().optional() }))
      .optional()
      .describe("Which streams may be read."),
  })
  .meta({ id: "CheckResult" });

export const DiscoveredStreams = z.object({ streams: z.array(z.union([ConfiguredStream, Stream])) });

export const StoredPipeline = z
  .object({
    id: Id,
    name: z.string(),
    source_id: Id,
    destination_id: Id,
    settings: Json,
    paused: z.boolean(),
    version: z.int(),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: "Pipeline" });

const ConnectionName = z.object({ id: Id, name: z.string(), connector: z.string() });
const RunStatus = z.enum(RUN_STATUSES);

export const PipelineHealth = z
  .object({
    id: Id,
    name: z.string(),
    source: ConnectionName,
    destination: ConnectionName,
    health: z.enum(HEALTHS).describe("paused, or as the last run says that was not stopped; new before the first."),
    current_run: z.object({ id: Id, status: RunStatus }).nullable().describe("The run that goes on, or waits."),
    last_run: z
      .object({ id: Id, number: z.int(), status: RunStatus, ended_at: Time, failure: z.string().nullable() })
      .nullable(),
    last_success_at: Time.nullable(),
    next_run_at: Time.nullable().describe("The next instant of its schedules."),
    days: z
      .array(z.object({ day: z.string(), succeeded: z.int(), partial: z.int(), stopped: z.int(), failed: z.int() }))
      .describe("Runs that ended within 30 days, by day in UTC; days without any are left out."),
  })
  .meta({ id: "PipelineHealth" });

export const HealthFilter = z.object({
  health: z.enum(HEALTHS).optional().describe("Only pipelines that are like this."),
  contains: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("Only those in whose name, connections' names or connectors' names this is."),
  pipeline_id: Id.optional().describe("Only this one."),
});

export const NewPipeline = z.strictObject({
  name: Name,
  source_id: Id,
  destination_id: Id,
  settings: PipelineSettings.default({}).describe("Streams, limits and so on, as in a sluice.yaml."),
});

// settings that are left out stay: a default would empty them
export const PipelineChange = NewPipeline.extend({ settings: PipelineSettings }).partial();

/** What whoever asks for a run by hand may ask for besides. */
export const TriggerOptions = RunOptions.extend({
  record: z
    .boolean()
    .optional()
    .describe("Keep what its source says, with all values replaced, for /v1/runs/{id}/recording."),
});

export const InboxFigures = z
  .object({
    pending: z.int(),
    oldest_received_at: Time.nullable(),
    latency: z
      .object({ events: z.int(), p50_ms: z.int(), p95_ms: z.int(), p99_ms: z.int() })
      .nullable()
      .describe("From the receipt of an event until it was committed, over the last 15 minutes; null without any."),
  })
  .meta({ id: "InboxFigures" });

export const States = z
  .object({
    states: z.array(
      z.object({
        stream: z.string().nullable().describe("Null for a state of all streams."),
        line: z.string().describe("The state message as the line that it came on; one of the past has committed_at."),
      }),
    ),
  })
  .meta({ id: "States" });

export const NewestStates = States.extend({
  version: z.string().describe("Of these states; others have another one."),
}).meta({ id: "NewestStates" });

export const StateChanges = z
  .object({
    streams: z
      .array(
        z.object({
          stream: z.string().nullable().describe("Null for a state of all streams."),
          change: z.enum(["added", "removed", "changed"]),
          before: z.string().nullable().describe("The state message as a line; null when there was none."),
          after: z.string().nullable(),
          known_since: Time.nullable().describe(
            "When the oldest state that is kept of it was committed; what it was before is not known.",
          ),
        }),
      )
      .describe("Only those that a read would go on from elsewhere."),
  })
  .meta({ id: "StateChanges" });

const Done = z.array(z.string()).nullable().describe("What it says that it did; null where it has nothing to do.");

export const Preparation = z.object({ source: Done, destination: Done }).meta({ id: "Preparation" });

export const RunPlan = z
  .object({
    source: CheckResult,
    destination: CheckResult,
    streams: z.array(
      z.object({
        stream: z.string(),
        sync_mode: z.string(),
        destination_mode: z.string(),
        access: z.enum(["granted", "denied", "unavailable"]),
        message: z.string().optional(),
      }),
    ),
    statements: z
      .string()
      .nullable()
      .describe("What the destination would carry out first; null where it needs nothing or cannot be asked."),
  })
  .meta({ id: "RunPlan" });

const RunAttempt = z
  .object({
    number: z.int().describe("From 1, also where the first ones are no longer kept."),
    began_at: Time,
    ended_at: Time,
    worker: z.string(),
    outcome: z
      .enum(ATTEMPT_OUTCOMES)
      .describe("given_back: its worker ended, and another one goes on with the run; lost: its worker was gone."),
    tries: z.int().describe("How often the runner began within it."),
    failure: z.object({ side: z.string(), failure_type: z.string(), message: z.string() }).nullable(),
  })
  .meta({ id: "RunAttempt" });

export const Run = z
  .object({
    id: Id,
    number: z.int().describe("Runs are numbered in the order of their making."),
    pipeline_id: Id,
    reason: z
      .enum(["manual", "schedule", "retry", "live"])
      .describe("live: it follows what changes, for as long as its pipeline is live."),
    scheduled_at: Time.nullable(),
    options: Json,
    status: z.enum(RUN_STATUSES),
    cancel_requested_at: Time.nullable(),
    created_at: Time,
    started_at: Time.nullable(),
    ended_at: Time.nullable(),
    worker: z.string().nullable(),
    progress: Json.nullable().describe("The newest progress message of the runner."),
    estimates: z
      .record(
        z.string(),
        z.object({
          rows_about: z.number().describe("Records that it may have altogether: as many as in the run from_run_id."),
          from_run_id: Id.describe("The last complete one of the pipeline that moved the stream in the same way."),
          ends_at_about: z.string().nullable().describe("ISO 8601, at the pace of the last seconds; null without one."),
        }),
      )
      .nullable()
      .describe("While it goes on, of those streams of which anything is known: guesses from the past, not totals."),
    summary: Json.nullable().describe("How it ended, or how its last attempt did, as the runner tells it."),
    schedule_id: Id.nullable(),
    priority: z.int().describe("Smaller ones begin first."),
    failed_attempts: z.int(),
    not_before: Time.nullable().describe("When its next attempt may begin."),
    waiting_because: z.string().nullable().describe("Why it has not begun yet, as far as a worker tried."),
    attempts: z.array(RunAttempt).describe("Those that are over, the oldest first; the last 20 are kept."),
  })
  .meta({ id: "Run" });

export const LogLevel = z.enum(["debug", "info", "warn", "error"]);

export const LogLine = z
  .object({
    number: z.int().describe("Lines of a run are numbered from 1 without gaps."),
    logged_at: Time,
    level: LogLevel,
    side: z.string(),
    stream: z.string().nullable(),
    message: z.string(),
  })
  .meta({ id: "LogLine" });

export const AuditEntry = z
  .object({
    number: z.string(),
    at: Time,
    token_id: z.string().nullable(),
    request_id: z.string(),
    action: z.string(),
    target: z.string(),
    detail: Json,
  })
  .meta({ id: "AuditEntry" });
