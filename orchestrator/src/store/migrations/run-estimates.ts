import type { Step } from "../migrations.ts";

export const runEstimates: Step = {
  name: "what runs are to move, and about how much that may be",
  sql: `
    ALTER TABLE runs ADD COLUMN plan jsonb, ADD COLUMN estimates jsonb;
    COMMENT ON COLUMN runs.plan IS 'How each stream is moved, by its name; empty for a run that was gone on with, whose counts are of its last part.';
    COMMENT ON COLUMN runs.estimates IS 'Of each stream of a run that goes on, as far as an earlier run moved it in the same way.';`,
};
