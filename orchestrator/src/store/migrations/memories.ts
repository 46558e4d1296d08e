import type { Step } from "../migrations.ts";

export const memories: Step = {
  name: "what is remembered of pipelines between runs",
  sql: `
    CREATE TABLE memories (
      pipeline_id text NOT NULL REFERENCES pipelines ON DELETE CASCADE,
      name text NOT NULL CHECK (name IN ('generations', 'source-config', 'destination-config')),
      sealed bytea NOT NULL,
      updated_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (pipeline_id, name)
    );
    COMMENT ON TABLE memories IS 'Which refreshes came to their end, and what connectors changed of their configurations.';
    COMMENT ON COLUMN memories.sealed IS 'In an envelope, since a renewed configuration holds secrets.';`,
};
