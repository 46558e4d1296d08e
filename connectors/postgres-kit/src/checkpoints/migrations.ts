import type { Migration } from "../migrations.ts";

/** The tables of the checkpoint schema, oldest first; what was released is never changed, only added to. */
export const checkpointMigrations: readonly Migration[] = [
  {
    id: 1,
    name: "pipelines and checkpoints",
    sql: `
      CREATE TABLE pipelines (
        pipeline_id text PRIMARY KEY,
        epoch bigint NOT NULL
      );
      COMMENT ON TABLE pipelines IS 'The newest write process of each pipeline; older epochs cannot commit.';
      CREATE TABLE checkpoints (
        pipeline_id text NOT NULL REFERENCES pipelines,
        scope text NOT NULL CHECK (scope IN ('stream', 'global')),
        stream text NOT NULL DEFAULT '',
        epoch bigint NOT NULL,
        seq bigint NOT NULL,
        generation_id text,
        data json NOT NULL,
        committed_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (pipeline_id, scope, stream)
      );
      COMMENT ON TABLE checkpoints IS 'Where each pipeline resumes; written in the transaction of the rows it covers.';
      COMMENT ON COLUMN checkpoints.data IS 'As the source gave it, token by token.';
      CREATE SEQUENCE arrivals;
      COMMENT ON SEQUENCE arrivals IS 'Orders the records of streams that carry no version.';`,
  },
  {
    id: 2,
    name: "leases and the history of checkpoints",
    sql: `
      CREATE TABLE leases (
        pipeline_id text PRIMARY KEY REFERENCES pipelines,
        run_id text NOT NULL,
        epoch bigint NOT NULL,
        expires_at timestamptz NOT NULL
      );
      COMMENT ON TABLE leases IS 'Which run holds a pipeline; others are refused until it expires.';
      CREATE TABLE checkpoint_history (
        pipeline_id text NOT NULL REFERENCES pipelines,
        scope text NOT NULL,
        stream text NOT NULL,
        number bigint NOT NULL,
        epoch bigint NOT NULL,
        seq bigint NOT NULL,
        generation_id text,
        data json NOT NULL,
        committed_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (pipeline_id, scope, stream, number)
      );
      COMMENT ON TABLE checkpoint_history IS 'The last states of each scope, so that a person may go back.';`,
  },
];
