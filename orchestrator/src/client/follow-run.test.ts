import { once } from "node:events";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { connect, followRun, type RunEvent } from "./index.ts";

type Answer = (response: ServerResponse) => unknown;
type Told = RunEvent & { id: string };

const line = (number: number): Answer => {
  const data = JSON.stringify({ number, message: `${number}` });
  return (response) => response.write(`id: ${number}\nevent: log\ndata: ${data}\n\n`);
};
const refuse =
  (status: number, body = "", type = "text/html"): Answer =>
  (response) =>
    response.writeHead(status, { "content-type": type, "content-length": body.length }).end(body);
const end: Answer = (response) => response.end(`id: 3-end\nevent: end\ndata: {"status":"succeeded"}\n\n`);

/** Resolves to a client of a server that answers the first request so, the second so, and on, and to who asked. */
async function newServer(answers: readonly (readonly Answer[])[]) {
  const lastEventIds: unknown[] = [];
  const answer: RequestListener = (request, response) => {
    const steps = answers[lastEventIds.length] ?? [];
    lastEventIds.push(request.headers["last-event-id"] ?? "");
    for (const step of steps) step(response);
  };
  const server = createServer(answer);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const client = connect({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  return { client, lastEventIds };
}

/** Resolves to all that is told of a run by a server that answers so. */
async function followed(answers: readonly (readonly Answer[])[], options: { silenceMs?: number } = {}) {
  const { client, lastEventIds } = await newServer(answers);
  const told: Told[] = [];
  for await (const event of followRun(client, "run_1", { ...options, retryMs: 1 })) told.push(event);
  return { told, lastEventIds };
}

const numbers = (told: readonly Told[]) => told.flatMap((event) => (event.type === "log" ? [event.line.number] : []));

test("a proxy without its server, and one that has had enough, are asked again", async () => {
  const { told, lastEventIds } = await followed([
    [line(1), (response) => response.end()],
    [refuse(502, "<html>Bad Gateway</html>")],
    [refuse(504)],
    [refuse(429, "slow down", "text/plain")],
    [line(2), end],
  ]);
  const types = told.map(({ type }) => type).join(" ");
  expect(types).toBe("connected log lost lost lost lost connected log end");
  expect(numbers(told)).toEqual([1, 2]);
  expect(lastEventIds).toEqual(["", "1", "1", "1", "1"]);
});

test("a connection by which nothing comes any more, not even that it lives, is lost", async () => {
  const { told, lastEventIds } = await followed([[line(1)], [], [line(2), end]], { silenceMs: 100 });
  expect(numbers(told)).toEqual([1, 2]);
  expect(lastEventIds).toEqual(["", "1", "1"]);
});

test("where all was told before, nothing is", async () => {
  expect(await followed([[(response) => response.writeHead(204).end()]])).toEqual({ told: [], lastEventIds: [""] });
});

test("what is refused is thrown, by the server with its words and by others with theirs", async () => {
  const problem = { title: "Not found", status: 404, detail: "There is no run.", code: "not_found", request_id: "1" };
  await expect(followed([[refuse(404, JSON.stringify(problem), "application/problem+json")]])).rejects.toMatchObject({
    code: "config",
    message: "There is no run.",
  });
  await expect(followed([[refuse(403, "<html>")]])).rejects.toMatchObject({ code: "permission" });
});

test("an answer of another one than the server is a problem like any other, also without a word", async () => {
  const { client } = await newServer([[refuse(504)], [refuse(429, "<html>")]]);
  const errors = [(await client.GET("/v1/runs")).error, (await client.GET("/v1/runs")).error];
  expect(errors).toMatchObject([
    { status: 504, code: "transient", detail: expect.stringContaining("504 Gateway Timeout") },
    { status: 429, code: "rate_limit" },
  ]);
});
