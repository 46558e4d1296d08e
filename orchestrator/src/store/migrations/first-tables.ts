import type { Step } from "../migrations.ts";

export const firstTables: Step = {
  name: "connections, pipelines, runs, tokens and the audit log",
  sql: `
    CREATE TABLE connections (
      id text PRIMARY KEY,
      name text NOT NULL UNIQUE,
      connector text NOT NULL,
      kind text NOT NULL CHECK (kind IN ('source', 'destination')),
      config jsonb NOT NULL,
      secrets bytea NOT NULL,
      secrets_set text[] NOT NULL,
      version bigint NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON COLUMN connections.config IS 'Without its secrets.';
    COMMENT ON COLUMN connections.secrets IS 'The secrets, by their paths in the configuration, in an envelope that only the key opens.';

    COMMENT ON COLUMN connections.secrets_set IS 'The paths of the secrets.';

    CREATE TABLE pipelines (
      id text PRIMARY KEY,
      name text NOT NULL,
      source_id text NOT NULL REFERENCES connections,
      destination_id text NOT NULL REFERENCES connections,
      settings jsonb NOT NULL,
      paused boolean NOT NULL DEFAULT false,
      version bigint NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON COLUMN pipelines.settings IS 'As in a sluice.yaml, without the two sides.';

    CREATE TABLE runs (
      id text PRIMARY KEY,
      number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
      pipeline_id text NOT NULL REFERENCES pipelines ON DELETE CASCADE,
      reason text NOT NULL CHECK (reason IN ('manual', 'schedule', 'retry')),
      scheduled_at timestamptz,
      options jsonb NOT NULL DEFAULT '{}',
      status text NOT NULL DEFAULT 'queued'
        CHECK (status IN ('queued', 'running', 'succeeded', 'partial', 'stopped', 'failed')),
      cancel_requested_at timestamptz,
      created_at timestamptz NOT NULL DEFAULT now(),
      started_at timestamptz,
      ended_at timestamptz,
      worker text,
      progress jsonb,
      summary jsonb,
      UNIQUE (pipeline_id, scheduled_at)
    );
    COMMENT ON COLUMN runs.scheduled_at IS 'The instant that a schedule named; no instant of a pipeline runs twice.';
    CREATE UNIQUE INDEX one_running_run ON runs (pipeline_id) WHERE status = 'running';
    CREATE INDEX runs_of_pipeline ON runs (pipeline_id, number DESC);

    CREATE TABLE run_logs (
      run_id text NOT NULL REFERENCES runs ON DELETE CASCADE,
      number bigint NOT NULL,
      logged_at timestamptz NOT NULL,
      level text NOT NULL CHECK (level IN ('debug', 'info', 'warn', 'error')),
      side text NOT NULL,
      stream text,
      message text NOT NULL,
      PRIMARY KEY (run_id, number)
    );

    CREATE TABLE tokens (
      id text PRIMARY KEY,
      name text NOT NULL,
      role text NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
      hash bytea NOT NULL UNIQUE,
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz,
      last_used_at timestamptz,
      revoked_at timestamptz
    );
    COMMENT ON COLUMN tokens.hash IS 'SHA-256 of the token, which has 256 random bits and is shown once.';

    CREATE TABLE audit_log (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at timestamptz NOT NULL DEFAULT now(),
      token_id text,
      request_id text NOT NULL,
      action text NOT NULL,
      target text NOT NULL,
      detail jsonb NOT NULL DEFAULT '{}'
    );
    COMMENT ON TABLE audit_log IS 'Who changed what; written in the transaction of the change, never changed.';`,
};
