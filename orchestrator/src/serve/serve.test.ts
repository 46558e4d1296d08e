import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDatabase } from "@sluice/postgres-kit/server";
import { expect, onTestFinished, test, vi } from "vitest";
import { serve, type ServeOptions } from "./serve.ts";

/** Resolves to how an API is started on a database of the test's own, on any free port. */
async function newOptions(): Promise<ServeOptions> {
  const database = await createDatabase(process.env["DATABASE_URL"] ?? "");
  const dataFolder = await mkdtemp(join(tmpdir(), "sluice-serve-"));
  vi.stubEnv("DATABASE_URL", database.url);
  vi.stubEnv("REDIS_URL", undefined);
  vi.stubEnv("SLUICE_SECRET_KEY", randomBytes(32).toString("base64"));
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await database.drop();
    await rm(dataFolder, { recursive: true });
  });
  return { parts: ["api"], host: "127.0.0.1", port: 0, concurrency: 1, live: 1, dataFolder };
}

test("the first admin token is told by the first start that succeeds, and by no other", async () => {
  const options = await newOptions();
  const other = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void other.close());
  await vi.waitUntil(() => other.listening);
  const { port } = other.address() as AddressInfo;
  await expect(serve({ ...options, port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  {
    await using first = await serve(options);
    expect(first.firstToken).toMatch(/^sluice_/);
    const headers = { authorization: `Bearer ${first.firstToken}` };
    expect((await fetch(`${first.url}/v1/tokens`, { headers })).status).toBe(200);
  }
  await using second = await serve(options);
  expect(second.firstToken).toBeUndefined();
});
