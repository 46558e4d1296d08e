import type { Step } from "../migrations.ts";

export const takenRuns: Step = {
  name: "of what runs were begun; runs of an instant by their options; indexes of successes and of rejected records",
  sql: `
    ALTER TABLE runs ADD COLUMN taken_versions bigint[];
    COMMENT ON COLUMN runs.taken_versions IS 'Those of its pipeline, its source and its destination, as its present worker took it.';

    ALTER TABLE runs DROP CONSTRAINT runs_pipeline_id_scheduled_at_key;
    CREATE UNIQUE INDEX one_run_of_an_instant ON runs (pipeline_id, scheduled_at, md5(options::text));
    COMMENT ON COLUMN runs.scheduled_at IS 'The instant that a schedule named; none of a pipeline runs twice with the same options.';

    CREATE INDEX successes_of_pipeline ON runs (pipeline_id, ended_at) WHERE status = 'succeeded';
    CREATE INDEX dead_letters_by_age ON dead_letters (rejected_at);`,
};
