import type { Step } from "../migrations.ts";

export const inbox: Step = {
  name: "events that were pushed and are not in the destination yet",
  sql: `
    CREATE TABLE inboxes (
      pipeline_id text PRIMARY KEY REFERENCES pipelines ON DELETE CASCADE,
      last_seq bigint NOT NULL DEFAULT 0,
      pending bigint NOT NULL DEFAULT 0,
      pending_bytes bigint NOT NULL DEFAULT 0
    );
    COMMENT ON TABLE inboxes IS 'A row is locked by whoever adds events, so that they are seen in the order of their numbers.';

    CREATE TABLE inbox (
      pipeline_id text NOT NULL REFERENCES inboxes ON DELETE CASCADE,
      seq bigint NOT NULL,
      event_key text NOT NULL,
      received_at timestamptz NOT NULL,
      headers jsonb NOT NULL,
      body text NOT NULL,
      PRIMARY KEY (pipeline_id, seq),
      UNIQUE (pipeline_id, event_key)
    );
    COMMENT ON COLUMN inbox.event_key IS 'A hash of the headers and the body: the same request is kept once.';`,
};
