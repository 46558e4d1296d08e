import type { Migration } from "@sluice/postgres-kit";
import { answers } from "./migrations/answers.ts";
import { firstTables } from "./migrations/first-tables.ts";
import { live } from "./migrations/live.ts";
import { memories } from "./migrations/memories.ts";
import { inbox } from "./migrations/inbox.ts";
import { notifications } from "./migrations/notifications.ts";
import { pipelineHealth } from "./migrations/pipeline-health.ts";
import { recordings } from "./migrations/recordings.ts";
import { runAttempts } from "./migrations/run-attempts.ts";
import { runDetails } from "./migrations/run-details.ts";
import { runEstimates } from "./migrations/run-estimates.ts";
import { schedules } from "./migrations/schedules.ts";
import { takenRuns } from "./migrations/taken-runs.ts";

/** A migration without its number, which is its place in the list. */
export type Step = Omit<Migration, "id">;

/** The tables of the orchestrator, oldest first; what was released is never changed, only added to. */
export const migrations: readonly Migration[] = [
  firstTables,
  memories,
  schedules,
  answers,
  notifications,
  inbox,
  pipelineHealth,
  live,
  runDetails,
  recordings,
  runEstimates,
  runAttempts,
  takenRuns,
].map((step, index) => ({
  id: index + 1,
  ...step,
}));
