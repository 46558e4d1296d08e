import { once } from "node:events";
import Fastify from "fastify";
import { expect, onTestFinished, test } from "vitest";
import { ConnectorWork } from "./connector-work.ts";
import { answerProblem } from "./problem.ts";

/** A server whose work goes on until it is stopped; `begun` has the signal of each. */
async function newServer() {
  const app = Fastify();
  onTestFinished(() => app.close());
  app.setErrorHandler((error: Error, request, reply) => answerProblem(error, request, reply));
  const work = new ConnectorWork(app);
  const begun: AbortSignal[] = [];
  const untilStopped = async (signal: AbortSignal) => {
    begun.push(signal);
    if (!signal.aborted) await once(signal, "abort");
    return "stopped";
  };
  app.get("/look", (_, reply) => work.untilLeft(reply, untilStopped));
  app.get("/change", () => work.toTheEnd(untilStopped));
  return { app, begun, url: await app.listen({ host: "127.0.0.1", port: 0 }) };
}

test("eight have connectors at work at a time; whoever leaves makes room, and only a change goes on without them", async () => {
  const { app, begun, url } = await newServer();
  const left = new AbortController();
  const ask = async (path: string) => fetch(`${url}${path}`, { signal: left.signal }).catch(() => "left");
  const asked = [ask("/change"), ...Array.from({ length: 7 }, () => ask("/look"))];
  await expect.poll(() => begun.length).toBe(8);
  const next = fetch(`${url}/look`);
  left.abort();
  expect(await Promise.all(asked)).toEqual(Array.from({ length: 8 }, () => "left"));
  await expect.poll(() => begun.length).toBe(9);
  // the change goes on, and so does the last one
  await expect.poll(() => begun.filter(({ aborted }) => aborted).length).toBe(7);
  expect(begun.at(-1)?.aborted).toBe(false);
  await app.close();
  expect(await (await next).text()).toBe("stopped");
  expect(begun.every(({ aborted }) => aborted)).toBe(true);
});
