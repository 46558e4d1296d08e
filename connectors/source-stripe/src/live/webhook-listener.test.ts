import { request, type ClientRequest } from "node:http";
import { once } from "node:events";
import { configureLog } from "@sluice/protocol/stdio";
import { expect, onTestFinished, test } from "vitest";
import { RareWarning } from "./rare-warning.ts";
import { listenForWebhooks, type PushAnswer } from "./webhook-listener.ts";

const MIB = 1024 * 1024;
const accept = (): PushAnswer => ({ status: 200 });

/** Takes webhooks at a free port until the test ends. */
async function listen({ waiting = () => 0 }: { waiting?: () => number } = {}) {
  const signal = new AbortController().signal;
  const listener = await listenForWebhooks({ listen: "127.0.0.1:0", takenForMs: 0, waiting, accept, signal });
  onTestFinished(() => listener[Symbol.asyncDispose]());
  return listener.port;
}

/** Begins a post of unknown length, and writes so much of it. */
async function begin(port: number, bytes: number): Promise<ClientRequest> {
  const post = request({ host: "127.0.0.1", port, method: "POST", agent: false });
  // it is cut when the listener closes
  post.on("error", () => {});
  for (let left = bytes; left > 0; left -= MIB) {
    const hasRoom = post.write(Buffer.alloc(Math.min(left, MIB), "x"));
    if (!hasRoom) await Promise.race([once(post, "drain"), once(post, "response")]);
  }
  return post;
}

async function statusOf(post: ClientRequest): Promise<number | undefined> {
  const [response] = await once(post, "response");
  response.resume();
  return response.statusCode;
}

test("a body above 4 MiB is answered with 413 whether or not it says its length", async () => {
  const port = await listen();
  const post = request({ host: "127.0.0.1", port, method: "POST", agent: false });
  const status = statusOf(post);
  post.on("error", () => {});
  post.write(Buffer.alloc(5 * MIB, "x"));
  expect(await status).toBe(413);
  post.destroy();
  const length = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "x".repeat(5 * MIB) });
  expect(length.status).toBe(413);
});

test("bodies that are being read take a bounded memory: the next one is answered with 503, and there is room again", async () => {
  const port = await listen();
  const posts = await Promise.all(Array.from({ length: 16 }, () => begin(port, 4 * MIB)));
  const post = () => fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "{}" });
  await expect.poll(async () => (await post()).status).toBe(503);
  for (const each of posts) each.destroy();
  await expect.poll(async () => (await post()).status).toBe(200);
});

test("what was read while too many began to wait is answered with 503", async () => {
  let asked = 0;
  const waiting = () => (asked++ === 0 ? 999 : 1000);
  const port = await listen({ waiting });
  expect((await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "{}" })).status).toBe(503);
  expect(asked).toBe(2);
});

test("an address that cannot be one is told as that", async () => {
  const options = { takenForMs: 0, waiting: () => 0, accept, signal: new AbortController().signal };
  const failure = listenForWebhooks({ ...options, listen: "127.0.0.1:70000" });
  await expect(failure).rejects.toMatchObject({ code: "config", message: expect.stringContaining("webhook.listen") });
});

test("a warning that anybody may cause is told once, however often it comes", () => {
  const told: string[] = [];
  configureLog({ sink: (_, message) => told.push(message) });
  onTestFinished(() => configureLog({ sink: undefined }));
  const warning = new RareWarning();
  for (let time = 0; time < 1000; time += 1) warning.tell("forged");
  expect(told).toEqual(["forged"]);
});
