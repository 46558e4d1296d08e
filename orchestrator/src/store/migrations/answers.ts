import type { Step } from "../migrations.ts";

export const answers: Step = {
  name: "answers to requests with an idempotency key",
  sql: `
      CREATE TABLE answers (
        token_id text NOT NULL,
        key text NOT NULL,
        request_hash bytea NOT NULL,
        request_id text NOT NULL,
        begun_at timestamptz NOT NULL DEFAULT now(),
        status integer,
        headers jsonb,
        body bytea,
        PRIMARY KEY (token_id, key)
      );
      CREATE INDEX answers_by_age ON answers (begun_at);
      COMMENT ON COLUMN answers.body IS 'In an envelope, since a new token stands in one; null while the request is under way.';`,
};
