import { expect, test } from "vitest";
import { newApi } from "../fixtures/api.ts";
import { newPipeline } from "../fixtures/store.ts";

test("a schedule is made, shown with its next five runs, replaced and deleted", async () => {
  const { call, store } = await newApi();
  const { pipeline } = await newPipeline(store);
  const body = { cron: "0 6 * * 1-5", time_zone: "Europe/Berlin", options: { select: ["customers"] } };
  const made = await call(`POST /v1/pipelines/${pipeline.id}/schedules`, { body });
  expect(made).toMatchObject({
    status: 201,
    body: { ...body, every_s: null, priority: 5, failures: 0, paused: false },
  });
  const hours = (made.body["next_runs"] as string[]).map((at) =>
    new Date(at).toLocaleTimeString("en-GB", { timeZone: "Europe/Berlin" }),
  );
  expect(hours).toEqual(Array.from({ length: 5 }, () => "06:00:00"));
  const path = `/v1/schedules/${String(made.body["id"])}`;
  const headers = { "if-match": '"1"' };
  expect(await call(`PUT ${path}`, { body: { every_s: 3600 }, headers })).toMatchObject({
    status: 200,
    body: { cron: null, time_zone: null, every_s: 3600, version: 2 },
  });
  expect(await call(`PUT ${path}`, { body: { every_s: 60 }, headers })).toMatchObject({ status: 412 });
  for (const each of ["/v1/schedules", `/v1/pipelines/${pipeline.id}/schedules`])
    expect((await call(`GET ${each}`)).body["items"]).toMatchObject([{ every_s: 3600 }]);
  await call(`POST /v1/pipelines/${pipeline.id}/pause`);
  expect((await call(`GET ${path}`)).body).toMatchObject({ paused: true, next_runs: [] });
  expect(await call(`DELETE ${path}`)).toMatchObject({ status: 204 });
  expect(await call(`GET ${path}`)).toMatchObject({ status: 404 });
  expect(await call("GET /v1/pipelines/none/schedules")).toMatchObject({ status: 404 });
});

test("a schedule that is none is refused with what is wrong", async () => {
  const { call, store } = await newApi();
  const { pipeline } = await newPipeline(store);
  for (const [body, status, message] of [
    [{}, 400, "give either cron or every_s"],
    [{ cron: "* * * * *", every_s: 60 }, 400, "give either cron or every_s"],
    [{ every_s: 60, time_zone: "UTC" }, 400, "a time zone is for a cron expression"],
    [{ cron: "99 * * * *" }, 422, "is no cron expression"],
    [{ cron: "* * * * *", time_zone: "Mars/North" }, 422, "none that is known here"],
    [{ cron: "0 0 31 2 *" }, 422, "names no instant that will come"],
  ] as const) {
    const answer = await call(`POST /v1/pipelines/${pipeline.id}/schedules`, { body });
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(message)]);
  }
});
