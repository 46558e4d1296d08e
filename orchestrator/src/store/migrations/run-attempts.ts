import type { Step } from "../migrations.ts";

export const runAttempts: Step = {
  name: "attempts of runs",
  sql: `
    ALTER TABLE runs ADD COLUMN attempts jsonb NOT NULL DEFAULT '[]';
    COMMENT ON COLUMN runs.attempts IS 'Those that are over, the oldest first: when, by which worker, how they ended and why.';`,
};
