import { once } from "node:events";
import { connect, type AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import Fastify from "fastify";
import { expect, onTestFinished, test } from "vitest";
import { limitBodies } from "./body-deadline.ts";

/** A server whose bodies have to be here in a fifth of a second, and a way to begin a request whose body has not come yet. */
async function newServer() {
  const app = Fastify();
  onTestFinished(() => app.close());
  limitBodies(app, 200);
  app.addHook("onRequest", async (request, reply) => {
    if (request.headers.authorization === undefined) return reply.code(401).send("who?");
  });
  app.addContentTypeParser("application/x-lines", (_, payload, done) => done(null, payload));
  app.post("/whole", async () => "all is here");
  app.post("/stream", { config: { isStreamed: true } }, async (request) => text(request.body as Readable));
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return (path: string, headers: string, type = "text/plain") => {
    const socket = connect({ port, host: "127.0.0.1" }).setEncoding("utf8");
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: 10\r\n${headers}\r\n12345`,
    );
    return socket;
  };
}

test("a body that does not come is not waited for, and one that is a stream may take its time", async () => {
  const begin = await newServer();
  const stream = begin("/stream", "Authorization: me\r\nConnection: close\r\n", "application/x-lines");
  await once(stream, "connect");
  // it is begun later, so that the stream's deadline is over when it is cut
  const slow = begin("/whole", "Authorization: me\r\n");
  expect(await text(slow)).toMatch(/^HTTP\/1.1 408 /);
  stream.write("67890");
  expect(await text(stream)).toMatch(/^HTTP\/1.1 200 .*1234567890/s);
});

test("who may not send a stream is cut off like anybody else", async () => {
  const begin = await newServer();
  const refused = begin("/stream", "", "application/x-lines");
  const [answer] = await once(refused, "data");
  expect(answer).toMatch(/^HTTP\/1.1 401 /);
  refused.resume();
  await once(refused, "close");
});
