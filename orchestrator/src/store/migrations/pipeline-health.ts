import type { Step } from "../migrations.ts";

export const pipelineHealth: Step = {
  name: "how pipelines did day by day",
  sql: "CREATE INDEX ended_runs_of_pipeline ON runs (pipeline_id, ended_at, status) WHERE ended_at IS NOT NULL;",
};
