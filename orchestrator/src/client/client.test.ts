import { collect } from "@sluice/runner";
import fc from "fast-check";
import { expect, test } from "vitest";
import { newApi } from "../fixtures/api.ts";
import { newPipeline, summaryOf } from "../fixtures/store.ts";
import { allPages, answered, connect, followRun } from "./index.ts";

async function newClient() {
  const api = await newApi();
  const server = await api.listen();
  return { ...api, server, client: connect({ server, token: api.tokenOf("admin") }) };
}

test("what the API refuses is thrown with its type, and lists come whole", async () => {
  const { client, server, store } = await newClient();
  const { pipeline } = await newPipeline(store);
  const started = client.POST("/v1/pipelines/{id}/runs", { params: { path: { id: pipeline.id } }, body: {} });
  expect(await answered(started)).toMatchObject({ status: "queued", pipeline_id: pipeline.id });
  const names = allPages((cursor) =>
    answered(
      client.GET("/v1/connections", { params: { query: { limit: 1, ...(cursor === undefined ? {} : { cursor }) } } }),
    ),
  );
  expect((await collect(names)).map(({ name }) => name)).toEqual(["files", "numbers"]);
  const none = client.GET("/v1/runs/{id}", { params: { path: { id: "none" } } });
  await expect(answered(none)).rejects.toMatchObject({ code: "config", message: 'There is no run "none".' });
  const stranger = connect({ server, token: "sluice_no" });
  await expect(answered(stranger.GET("/v1/runs"))).rejects.toMatchObject({ code: "auth" });
  const nowhere = connect({ server: "http://127.0.0.1:9" });
  await expect(answered(nowhere.GET("/v1/runs"))).rejects.toMatchObject({ code: "transient" });
});

test("whoever watches a run hears each line once and in order, however often they leave and come back", async () => {
  const { client, store } = await newClient();
  const { pipeline } = await newPipeline(store);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 4 }), async (stays) => {
      const { id } = await store.runs.create(
        { pipelineId: pipeline.id, options: {}, reason: "manual" },
        { tokenId: null, requestId: "test" },
      );
      const held = { runId: id, worker: "a" };
      await store.heldRuns.start(held);
      const lines = Array.from(
        { length: 700 },
        (_, index) => ({ level: "info", side: "source", message: `${index}` }) as const,
      );
      const writing = (async () => {
        for (let at = 0; at < lines.length; at += 100) await store.runs.log(held, lines.slice(at, at + 100));
        await store.heldRuns.end(held, summaryOf({ id, pipeline_id: pipeline.id }));
      })();
      const heard: string[] = [];
      let after = "";
      let ended: string | undefined;
      for (const stay of [...stays, Infinity]) {
        let count = 0;
        for await (const event of followRun(client, id, { after })) {
          after = event.id;
          if (event.type === "log") heard.push(event.line.message);
          if (event.type === "end") ended = event.status;
          if ((count += 1) >= stay) break;
        }
        if (ended !== undefined) break;
      }
      await writing;
      expect(ended).toBe("succeeded");
      expect(heard).toEqual(lines.map(({ message }) => message));
    }),
    { numRuns: 4 },
  );
});

test("a run that was watched to its end is not told again, and a watcher does not hold up the end of the server", async () => {
  const { api, store, call, server, tokenOf } = await newClient();
  const { pipeline } = await newPipeline(store);
  const run = await call(`POST /v1/pipelines/${pipeline.id}/runs`, { body: {} });
  const path = `/v1/runs/${String(run.body["id"])}/events`;
  const watching = await fetch(server + path, { headers: { authorization: `Bearer ${tokenOf("viewer")}` } });
  const reader = watching.body?.getReader();
  await reader?.read();
  await api.close();
  while ((await reader?.read())?.done === false);
  const other = await newApi();
  const made = await newPipeline(other.store);
  const { body } = await other.call(`POST /v1/pipelines/${made.pipeline.id}/runs`, { body: {} });
  await other.call(`POST /v1/runs/${String(body["id"])}/cancel`);
  const all = await other.call(`GET /v1/runs/${String(body["id"])}/events`);
  expect(all.text).toMatch(/^id: 1-end\nevent: end$/m);
  const again = await other.call(`GET /v1/runs/${String(body["id"])}/events`, {
    headers: { "last-event-id": "1-end" },
  });
  expect(again.status).toBe(204);
});
