import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorCode } from "@sluice/protocol";
import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { newApi } from "../fixtures/api.ts";
import { operationsOf, type ApiDocument } from "../fixtures/operations.ts";
import { RestartablePostgres } from "../fixtures/restartable-postgres.ts";
import { ACTOR, newPipeline } from "../fixtures/store.ts";
import { isAway } from "../store/is-away.ts";

const WAIT = { timeout: 40_000, interval: 100 };
/** Of what is asked without a token the body is looked at before the database. */
const BODIES: Record<string, object> = { "post /v1/session": { token: "sluice_guess" } };

/** A Postgres that can be stopped, in a folder that it may enter whoever it runs as. */
async function newServer(): Promise<RestartablePostgres> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-away-"));
  await chmod(folder, 0o755);
  const server = await RestartablePostgres.start(folder, false);
  onTestFinished(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return server;
}

test(
  "while the database is away every route says that it passes, and afterwards all goes on by itself",
  { timeout: 180_000 },
  async () => {
    const server = await newServer();
    const { call, store } = await newApi("postgres", { serverUrl: server.url });
    const { pipeline } = await newPipeline(store);
    const fields = { connector: "source-stripe", kind: "source", config: {}, secrets: {} } as const;
    const source = await store.connections.create({ name: "stripe", ...fields }, ACTOR);
    await store.pipelines.update(pipeline.id, { version: undefined, fields: { source_id: source.id } }, ACTOR);
    const push = () => call(`POST /v1/ingress/${pipeline.id}`, { as: null, body: { id: "evt_1" } });
    expect((await push()).status).toBe(202);
    const operations = operationsOf((await call("GET /openapi.json")).body as ApiDocument);
    await server.stop();
    for (const { name, method, path, role } of operations) {
      const request = `${method} ${path.replaceAll(/\{\w+\}/g, "none")}`;
      const answer = await call(request, {
        ...(method === "GET" || method === "DELETE" ? {} : { body: BODIES[name] ?? {} }),
        ...(role === "public" ? { as: null } : {}),
      });
      if (path === "/healthz") expect(answer.status).toBe(200);
      else
        expect([name, answer]).toMatchObject([
          name,
          { status: 503, body: { code: "transient", status: 503 }, headers: { "retry-after": "5" } },
        ]);
    }
    expect((await push()).status).toBe(503);
    await server.begin();
    await expect.poll(async () => (await call("GET /readyz", { as: null })).status, WAIT).toBe(200);
    expect((await call("GET /v1/pipelines")).status).toBe(200);
    expect((await push()).status).toBe(202);
  },
);

test.each(["postgresql://u:p@127.0.0.1:1/d", "postgresql://u:p@nowhere.invalid/d"])(
  "an error of who cannot connect to %s is one that passes",
  async (connectionString) => {
    const error = await new Client({ connectionString }).connect().then(
      () => undefined,
      (each: Error) => each,
    );
    expect([errorCode(error), isAway(error as Error)]).toEqual([expect.stringMatching(/^E/), true]);
  },
);
