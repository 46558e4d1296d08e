import type { Step } from "../migrations.ts";

export const live: Step = {
  name: "live runs; how often a run lost its worker; how long events take",
  sql: `
    ALTER TABLE runs
      DROP CONSTRAINT runs_reason_check,
      ADD CONSTRAINT runs_reason_check CHECK (reason IN ('manual', 'schedule', 'retry', 'live')),
      ADD COLUMN taken_at timestamptz,
      ADD COLUMN lost_workers integer NOT NULL DEFAULT 0;
    COMMENT ON COLUMN runs.taken_at IS 'When the present worker took it.';
    COMMENT ON COLUMN runs.lost_workers IS 'How many workers in a row were lost soon after they had taken it.';
    CREATE UNIQUE INDEX one_live_run ON runs (pipeline_id) WHERE reason = 'live' AND ended_at IS NULL;

    CREATE TABLE event_latencies (
      pipeline_id text NOT NULL REFERENCES pipelines ON DELETE CASCADE,
      minute timestamptz NOT NULL,
      bucket smallint NOT NULL,
      events bigint NOT NULL,
      PRIMARY KEY (pipeline_id, minute, bucket)
    );
    COMMENT ON COLUMN event_latencies.bucket IS 'Of events that took at most 2 ^ (bucket / 4) ms until they were committed, and more than those of the bucket before.';`,
};
