import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { expect, onTestFinished, test, vi } from "vitest";
import { newApi } from "../fixtures/api.ts";
import { newPipeline, summaryOf, ACTOR } from "../fixtures/store.ts";
import { notify } from "./notifier.ts";
import type { MailSettings } from "./send.ts";

const FAILURE = { side: "source", failure_type: "auth", message: "The key is revoked." } as const;

/** A server of the test's own that takes whatever is posted, and answers with `status`. */
async function newReceiver() {
  const received: { url: string; body: unknown }[] = [];
  const receiver = { received, status: 200, url: "" };
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", () => {
      received.push({ url: request.url ?? "", body: JSON.parse(text) });
      response.writeHead(receiver.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return receiver;
}

/** A mail server of the test's own. */
async function newMailServer(): Promise<{ mails: string[]; mail: MailSettings }> {
  const mails: string[] = [];
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    onData(stream, _, done) {
      let text = "";
      stream.on("data", (chunk) => (text += String(chunk)));
      stream.on("end", () => {
        mails.push(text);
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(resolve)));
  const { port } = server.server.address() as AddressInfo;
  const mail = { url: `smtp://127.0.0.1:${port}`, from: "sluice@example.com" };
  // what the API looks at, too
  vi.stubEnv("SLUICE_SMTP_URL", mail.url);
  vi.stubEnv("SLUICE_MAIL_FROM", mail.from);
  onTestFinished(() => void vi.unstubAllEnvs());
  return { mails, mail };
}

async function newStage() {
  const api = await newApi();
  const { pipeline } = await newPipeline(api.store);
  const run = async (status: "succeeded" | "failed" | "stopped") => {
    const { id } = await api.store.runs.create({ pipelineId: pipeline.id, options: {}, reason: "manual" }, ACTOR);
    const held = { runId: id, worker: "w" };
    await api.store.heldRuns.start(held);
    const failure = status === "failed" ? FAILURE : null;
    await api.store.heldRuns.end(held, summaryOf({ id, pipeline_id: pipeline.id }, failure, status));
    return id;
  };
  return { ...api, pipeline, run };
}

test("the first failure and the recovery are told once each, however many look and however often", async () => {
  const { call, store, pipeline, run } = await newStage();
  const receiver = await newReceiver();
  const { mails, mail } = await newMailServer();
  await run("failed");
  const events = ["failure", "recovery"];
  const make = (name: string, target: object) => call("POST /v1/notifications", { body: { name, events, target } });
  await make("hook", { kind: "webhook", url: `${receiver.url}/canary-hook` });
  await make("chat", { kind: "slack", url: `${receiver.url}/chat` });
  await make("mail", { kind: "email", to: ["a@example.com"] });
  await run("succeeded");
  const failed = await run("failed");
  await run("stopped");
  await run("failed");
  await run("succeeded");
  await run("succeeded");
  await Promise.all([notify(store, mail), notify(store, mail), notify(store, mail)]);
  await notify(store, mail);
  // a failure of before somebody wanted to know is not told, but that it is over
  const told = receiver.received
    .filter(({ url }) => url === "/canary-hook")
    .map(({ body }) => body as { event: string });
  expect(told.map(({ event }) => event).toSorted()).toEqual(["failure", "recovery", "recovery"]);
  expect(told).toContainEqual(
    expect.objectContaining({
      event: "failure",
      pipeline: { id: pipeline.id, name: "counting" },
      run: { id: failed, status: "failed", failure: "The key is revoked." },
    }),
  );
  expect(receiver.received).toContainEqual({ url: "/chat", body: { text: "counting failed: The key is revoked." } });
  expect(mails).toHaveLength(3);
  expect(mails.join()).toContain("Subject: Sluice: counting failed: The key is revoked.");
});

test("nobody is to be told by mail where there is no mail server", async () => {
  const { call } = await newApi();
  const body = { name: "mail", events: ["failure"], target: { kind: "email", to: ["a@example.com"] } };
  const { status, body: problem } = await call("POST /v1/notifications", { body });
  expect({ status, problem }).toMatchObject({
    status: 422,
    problem: { detail: expect.stringMatching("SLUICE_SMTP_URL") },
  });
  expect(await call("GET /v1/notifications")).toMatchObject({ body: { items: [] } });
});

test("what is not taken is tried again later, with the reason and without the address", async () => {
  const { call, store, run } = await newStage();
  const receiver = await newReceiver();
  const body = { name: "n", events: ["failure"], target: { kind: "webhook", url: `${receiver.url}/canary-hook` } };
  const made = await call("POST /v1/notifications", { body });
  expect(made.body).toMatchObject({ shown_target: receiver.url, silence_s: 86_400 });
  receiver.status = 500;
  await run("failed");
  expect(await notify(store, undefined)).toBe(0);
  expect(await notify(store, undefined)).toBe(0);
  expect(receiver.received).toHaveLength(1);
  const { rows } = await store.database.pool.query(
    "SELECT attempts, failure, next_at > now() AS later FROM deliveries",
  );
  expect(rows).toEqual([{ attempts: 1, failure: "The webhook answered 500.", later: true }]);
  receiver.status = 204;
  await store.database.pool.query("UPDATE deliveries SET next_at = now()");
  expect(await notify(store, undefined)).toBe(1);
  const texts = [made.text, (await call("GET /v1/notifications")).text, (await call("GET /v1/audit")).text];
  expect(texts.join()).not.toContain("canary");
  const id = String(made.body["id"]);
  expect((await call(`POST /v1/notifications/${id}/test`)).status).toBe(204);
  receiver.status = 404;
  expect(await call(`POST /v1/notifications/${id}/test`)).toMatchObject({ status: 503, body: { code: "transient" } });
  expect((await call(`DELETE /v1/notifications/${id}`)).status).toBe(204);
});

test("a silence is told once until something succeeds again, and not of what is paused", async () => {
  const { call, store, pipeline, run } = await newStage();
  const receiver = await newReceiver();
  const target = { kind: "webhook", url: receiver.url };
  await call("POST /v1/notifications", { body: { name: "n", events: ["silence"], silence_s: 3600, target } });
  expect(await notify(store, undefined)).toBe(0);
  const later = (hours: number) =>
    store.database.pool.query(
      `UPDATE pipelines SET created_at = created_at - make_interval(hours => ${hours});
       UPDATE notifications SET created_at = created_at - make_interval(hours => ${hours});
       UPDATE runs SET ended_at = ended_at - make_interval(hours => ${hours});`,
    );
  await later(2);
  await call(`POST /v1/pipelines/${pipeline.id}/pause`);
  expect(await notify(store, undefined)).toBe(0);
  await call(`POST /v1/pipelines/${pipeline.id}/resume`);
  expect(await notify(store, undefined)).toBe(1);
  expect(await notify(store, undefined)).toBe(0);
  await run("succeeded");
  expect(await notify(store, undefined)).toBe(0);
  await later(2);
  expect(await notify(store, undefined)).toBe(1);
  expect(receiver.received.map(({ body }) => (body as { event: string }).event)).toEqual(["silence", "silence"]);
});

test("a notice that was not taken is listed with the reason, and tried again when somebody asks", async () => {
  const { call, store, run } = await newStage();
  const receiver = await newReceiver();
  receiver.status = 503;
  const target = { kind: "webhook" as const, url: `${receiver.url}/canary-hook` };
  await store.notifications.create({ name: "hook", events: ["failure"], silence_s: 60, target }, ACTOR);
  await run("failed");
  await notify(store, undefined);
  const failures = await call("GET /v1/notifications/failures");
  expect(failures.body["items"]).toMatchObject([
    {
      notification: "hook",
      event: "failure",
      attempts: 1,
      failure: "The webhook answered 503.",
      next_at: expect.any(String),
    },
  ]);
  expect(failures.text).not.toContain("canary");
  const [{ notification_id, event, subject } = {}] = failures.body["items"] as Record<string, unknown>[];
  receiver.status = 200;
  expect(await notify(store, undefined)).toBe(0);
  const body = { notification_id, event, subject };
  expect((await call("POST /v1/notifications/retry", { body })).status).toBe(204);
  expect(await notify(store, undefined)).toBe(1);
  expect((await call("GET /v1/notifications/failures")).body["items"]).toEqual([]);
  expect((await call("POST /v1/notifications/retry", { body })).status).toBe(404);
});
