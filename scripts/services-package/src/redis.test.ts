import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { startRedis } from "./redis.ts";

/** A Docker that answers nothing but failures, and notes what it was asked for. */
async function newDocker() {
  const requests: string[] = [];
  const docker = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (data: Buffer) => {
      requests.push(data.toString().split("\r\n", 1)[0] ?? "");
      socket.end("HTTP/1.1 500 Internal Server Error\r\ncontent-length: 2\r\n\r\n{}");
    });
  });
  await new Promise<void>((resolve) => docker.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void docker.close());
  return { requests, host: `tcp://127.0.0.1:${(docker.address() as AddressInfo).port}` };
}

test("each way to a Redis is tried, Docker last, and the error names what can be done and why each failed", async () => {
  const docker = await newDocker();
  const toolsFolder = await mkdtemp(join(tmpdir(), "sluice-no-redis-"));
  vi.stubEnv("REDIS_URL", "");
  // neither redis-server nor apt-get
  vi.stubEnv("PATH", toolsFolder);
  vi.stubEnv("DOCKER_HOST", docker.host);
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(toolsFolder, { recursive: true, force: true });
  });
  const told: string[] = [];
  const started = startRedis({ toolsFolder, onProgress: (message) => told.push(message) });
  await expect(started).rejects.toThrow(
    /^No Redis could be had: set REDIS_URL to one of yours, put redis-server on PATH, or use a system with apt-get or Docker \(redis-server: .+; .*apt-get.*; .+\)\.$/s,
  );
  expect(told).toEqual(["Downloading redis-server (once)…", "Starting redis:7-alpine…"]);
  expect(docker.requests[0]).toMatch(/^GET \S+ HTTP\/1.1$/);
});
