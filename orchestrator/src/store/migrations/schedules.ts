import type { Step } from "../migrations.ts";

export const schedules: Step = {
  name: "schedules; leases, attempts and priorities of runs; limits of connections",
  sql: `
    CREATE TABLE schedules (
      id text PRIMARY KEY,
      pipeline_id text NOT NULL REFERENCES pipelines ON DELETE CASCADE,
      cron text,
      time_zone text,
      every_s bigint CHECK (every_s > 0),
      options jsonb NOT NULL DEFAULT '{}',
      priority smallint NOT NULL DEFAULT 5 CHECK (priority BETWEEN 1 AND 9),
      version bigint NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      next_at timestamptz NOT NULL,
      failures integer NOT NULL DEFAULT 0,
      held_back_until timestamptz,
      held_back_because text,
      skipped_at timestamptz,
      skipped_because text,
      CHECK ((cron IS NULL) <> (every_s IS NULL) AND (cron IS NULL) = (time_zone IS NULL))
    );
    COMMENT ON COLUMN schedules.next_at IS 'The next instant; it only moves forward.';
    COMMENT ON COLUMN schedules.failures IS 'How many runs of its pipeline failed since the last one that did not.';
    CREATE INDEX schedules_due ON schedules (next_at);
    CREATE INDEX schedules_of_pipeline ON schedules (pipeline_id);

    ALTER TABLE runs
      ADD COLUMN schedule_id text REFERENCES schedules ON DELETE SET NULL,
      ADD COLUMN priority smallint NOT NULL DEFAULT 1 CHECK (priority BETWEEN 1 AND 9),
      ADD COLUMN failed_attempts integer NOT NULL DEFAULT 0,
      ADD COLUMN not_before timestamptz,
      ADD COLUMN offered_at timestamptz,
      ADD COLUMN held_until timestamptz,
      ADD COLUMN waiting_because text;
    COMMENT ON COLUMN runs.priority IS 'Smaller ones begin first.';
    COMMENT ON COLUMN runs.offered_at IS 'When it was put into the queue again; the queue may have lost it.';
    COMMENT ON COLUMN runs.held_until IS 'The lease of the worker; another one takes the run when it has expired.';
    CREATE INDEX unfinished_runs ON runs (number) WHERE ended_at IS NULL;
    CREATE INDEX unfinished_runs_of_schedule ON runs (schedule_id) WHERE ended_at IS NULL;

    ALTER TABLE connections ADD COLUMN concurrent_runs integer CHECK (concurrent_runs > 0);
    COMMENT ON COLUMN connections.concurrent_runs IS 'How many runs may use it at the same time; no limit when null.';`,
};
