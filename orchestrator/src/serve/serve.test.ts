import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDatabase } from "@sluice/postgres-kit/server";
import { expect, onTestFinished, test, vi } from "vitest";
import { proxyAddresses } from "./proxy-addresses.ts";
import { serve, type Served, type ServeOptions } from "./serve.ts";

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

test("the first start that succeeds tells the first admin token, and only a proxy that is trusted tells who asks", async () => {
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
    // nobody's word counts for who they are
    expect(await statusesOfTries(first, ["192.0.2.1", "192.0.2.2"])).toEqual([429, 429]);
  }
  await using second = await serve({ ...options, trustProxy: proxyAddresses(" 127.0.0.0/8,::1 ") });
  expect(second.firstToken).toBeUndefined();
  expect(await statusesOfTries(second, ["192.0.2.1", "192.0.2.2"])).toEqual([429, 401]);
  expect(() => proxyAddresses("10.0.0.0/33")).toThrow("is no address");
  expect(() => proxyAddresses("true")).toThrow("is no address");
});

/** Resolves to the last answer to eleven tries of the first address to log in, and the one to a try of the other one. */
async function statusesOfTries({ url }: Served, [first, other]: [string, string]): Promise<number[]> {
  const logIn = async (address: string) => {
    const headers = { "content-type": "application/json", "x-forwarded-for": address };
    const body = JSON.stringify({ token: "sluice_none" });
    return (await fetch(`${url}/v1/session`, { method: "POST", headers, body })).status;
  };
  const statuses: number[] = [];
  for (let tried = 0; tried < 11; tried += 1) statuses.push(await logIn(first));
  return [statuses.at(-1) ?? 0, await logIn(other)];
}
