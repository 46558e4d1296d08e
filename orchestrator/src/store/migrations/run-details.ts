import type { Step } from "../migrations.ts";

export const runDetails: Step = {
  name: "rejected records and throughput of runs; workers",
  sql: `
    CREATE TABLE dead_letters (
      run_id text NOT NULL REFERENCES runs ON DELETE CASCADE,
      number bigint NOT NULL,
      rejected_at timestamptz NOT NULL DEFAULT now(),
      stream text NOT NULL,
      reason text NOT NULL,
      sealed bytea,
      PRIMARY KEY (run_id, number)
    );
    COMMENT ON COLUMN dead_letters.sealed IS 'The message with the record, in an envelope; null when it was too large to be kept.';

    CREATE TABLE run_samples (
      run_id text NOT NULL REFERENCES runs ON DELETE CASCADE,
      at timestamptz NOT NULL,
      read bigint NOT NULL,
      committed bigint NOT NULL,
      rows_per_second float8 NOT NULL,
      bytes_per_second float8 NOT NULL,
      lag_ms float8,
      PRIMARY KEY (run_id, at)
    );

    CREATE TABLE workers (
      name text PRIMARY KEY,
      concurrency integer NOT NULL,
      started_at timestamptz NOT NULL DEFAULT now(),
      seen_at timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON COLUMN workers.seen_at IS 'A worker that is not seen for long is gone.';`,
};
