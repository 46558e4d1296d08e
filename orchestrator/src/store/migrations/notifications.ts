import type { Step } from "../migrations.ts";

export const notifications: Step = {
  name: "who is notified of what, and what is to be delivered",
  sql: `
    CREATE TABLE notifications (
      id text PRIMARY KEY,
      name text NOT NULL UNIQUE,
      kind text NOT NULL CHECK (kind IN ('webhook', 'slack', 'email')),
      shown_target text NOT NULL,
      target bytea NOT NULL,
      events text[] NOT NULL,
      silence_s bigint NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON COLUMN notifications.target IS 'In an envelope: whoever knows the address of a webhook can send to it.';

    CREATE TABLE deliveries (
      notification_id text NOT NULL REFERENCES notifications ON DELETE CASCADE,
      event text NOT NULL,
      subject text NOT NULL,
      pipeline_id text NOT NULL REFERENCES pipelines ON DELETE CASCADE,
      run_id text,
      noted_at timestamptz NOT NULL DEFAULT now(),
      attempts integer NOT NULL DEFAULT 0,
      next_at timestamptz DEFAULT now(),
      delivered_at timestamptz,
      failure text,
      PRIMARY KEY (notification_id, event, subject)
    );
    COMMENT ON COLUMN deliveries.subject IS 'What it is about: a run, or the last success before a silence. Nobody is told twice.';
    COMMENT ON COLUMN deliveries.next_at IS 'When it is tried next; null when it is delivered or given up.';
    CREATE INDEX deliveries_due ON deliveries (next_at) WHERE next_at IS NOT NULL;
    CREATE INDEX runs_by_end ON runs (ended_at);`,
};
