import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { configureLog } from "@sluice/protocol/stdio";
import { expect, onTestFinished, test, vi } from "vitest";
import { newApi } from "../fixtures/api.ts";
import { newPipeline } from "../fixtures/store.ts";
import { startTracing, traced } from "./tracing.ts";

type Attribute = { key: string; value: { stringValue?: string; intValue?: number } };
type ReceivedSpan = { name: string; attributes: Attribute[]; status: { code?: number; message?: string } };
type Received = { resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: ReceivedSpan[] }[] }[] };

/** A collector of the test's own, that takes traces as OTLP in JSON. */
async function newCollector() {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", () => {
      if (request.url === "/v1/traces") received.push(JSON.parse(text) as Received);
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  return received;
}

test("requests and runs are traced to a collector, without what stands in a path or a body", async () => {
  const received = await newCollector();
  const tracing = await startTracing();
  const { call, store } = await newApi();
  const { pipeline } = await newPipeline(store);
  await call(`POST /v1/pipelines/${pipeline.id}/runs?note=canary-path`, { body: {} });
  await call("GET /v1/runs/canary-id");
  const failureOf = (text: string) => text;
  await traced({ name: "run", attributes: { "sluice.run_id": "run_1" }, failureOf }, async () => "auth");
  await tracing[Symbol.asyncDispose]();
  const groups = received.flatMap(({ resourceSpans }) => resourceSpans);
  expect(JSON.stringify(groups[0]?.resource)).toContain('"sluice"');
  const spans = groups.flatMap(({ scopeSpans }) => scopeSpans.flatMap((each) => each.spans));
  const named = (name: string) => spans.find((span) => span.name === name);
  const made = named("POST /v1/pipelines/:id/runs")?.attributes ?? [];
  expect(made).toContainEqual({ key: "http.response.status_code", value: { intValue: 202 } });
  expect(made.find(({ key }) => key === "sluice.request_id")?.value.stringValue).toMatch(/^req_/);
  expect(named("GET /v1/runs/:id")).toBeDefined();
  expect(named("run")?.status).toEqual({ code: 2, message: "auth" });
  expect(JSON.stringify(received)).not.toContain("canary");
});

test("without a collector nothing is traced", async () => {
  const received = await newCollector();
  await using _ = await startTracing({});
  expect(await traced({ name: "run", attributes: {}, failureOf: () => undefined }, async () => 5)).toBe(5);
  expect(received).toEqual([]);
});

test("each request is logged with its id and its run, and neither its path nor what it carries", async () => {
  const lines: { level: string; message: string; fields: Record<string, unknown> }[] = [];
  configureLog({ level: "debug", sink: (level, message, fields) => void lines.push({ level, message, fields }) });
  onTestFinished(() => configureLog({ level: "info", sink: undefined }));
  const { call, store } = await newApi();
  const { pipeline } = await newPipeline(store);
  const { body, headers } = await call(`POST /v1/pipelines/${pipeline.id}/runs?note=canary-path`, { body: {} });
  const about = { request_id: headers["x-request-id"], run_id: body["id"], token_id: expect.stringMatching(/^tok/) };
  expect(lines).toContainEqual({
    level: "info",
    message: "POST /v1/pipelines/:id/runs 202",
    fields: expect.objectContaining(about),
  });
  await call(`GET /v1/runs/${String(body["id"])}`);
  await call("GET /healthz", { as: null });
  expect(lines.find(({ message }) => message === "GET /v1/runs/:id 200")).toMatchObject({
    level: "debug",
    fields: { run_id: body["id"] },
  });
  expect(JSON.stringify(lines)).not.toContain("canary");
});
