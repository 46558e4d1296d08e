import { expect, test } from "vitest";
import { newApi } from "../fixtures/api.ts";
import { newPipeline } from "../fixtures/store.ts";

test("Prometheus is told of each pipeline's runs and of each route's requests, by pattern and not by path", async () => {
  const { call, store } = await newApi();
  const { pipeline } = await newPipeline(store);
  const run = await call(`POST /v1/pipelines/${pipeline.id}/runs`, { body: {} });
  await call(`GET /v1/runs/${String(run.body["id"])}`);
  const { status, text } = await call("GET /metrics", { as: "viewer" });
  expect(status).toBe(200);
  const labels = `pipeline_id="${pipeline.id}",pipeline="counting"`;
  for (const line of [
    `sluice_runs{${labels},status="queued"} 1`,
    `sluice_runs{${labels},status="running"} 0`,
    `sluice_pipeline_failing{${labels}} 0`,
    'sluice_http_requests_total{method="GET",route="/v1/runs/:id",status="200"} 1',
  ])
    expect(text).toContain(line);
  expect(text).not.toContain("sluice_pipeline_last_success_timestamp_seconds{");
  await store.database.pool.query("UPDATE runs SET status = 'failed', ended_at = now()");
  expect((await call("GET /metrics")).text).toContain(`sluice_pipeline_failing{${labels}} 1`);
  await store.database.pool.query("UPDATE runs SET status = 'succeeded', ended_at = to_timestamp(1000)");
  const later = (await call("GET /metrics")).text;
  expect(later).toContain(`sluice_pipeline_failing{${labels}} 0`);
  expect(later).toContain(`sluice_pipeline_last_success_timestamp_seconds{${labels}} 1000`);
});
