import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { Client } from "pg";
import { expect, onTestFinished, test, vi } from "vitest";

// The demo runs what was built, as a newcomer does; what hangs is given up after three minutes.
vi.setConfig({ testTimeout: 180_000 });
const SLUICE = join(import.meta.dirname, "..", "..", "bin", "sluice.js");

function demo(...args: string[]) {
  // a server of its own, not that of the tests; a mark to find what it would leave behind
  const env = { ...process.env, DATABASE_URL: undefined, SLUICE_DEMO_MARK: "left-behind" };
  return execa(process.execPath, [SLUICE, "demo", ...args], { env, extendEnv: false, reject: false });
}

/** The processes that have the demo's mark in their environment; its own children cannot hide from it. */
async function leftBehind(): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/environ`, "utf8").catch(() => "")));
  return pids.filter((_, index) => environments[index]?.includes("SLUICE_DEMO_MARK=left-behind"));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // no such process
    return false;
  }
}

test("the demo loads some 20,000 objects of more than 10 streams, tells it in one line of JSON, and leaves nothing running", async () => {
  const { stdout, stderr, exitCode } = await demo("--json");
  expect({ exitCode, lines: stdout.split("\n").length }).toEqual({ exitCode: 0, lines: 1 });
  const result = JSON.parse(stdout);
  expect(result).toEqual({
    status: "succeeded",
    streams: expect.any(Number),
    rows: expect.any(Number),
    seconds: expect.any(Number),
  });
  expect(result.streams).toBeGreaterThan(10);
  expect(result.rows).toBeGreaterThan(18_000);
  expect(stderr).toContain("source-stripe read | destination-postgres write");
  expect(stderr).toContain("renamed-1@example.com");
  if (process.platform === "linux") expect(await leftBehind()).toEqual([]);
});

test("the demo with --keep leaves Postgres up, and says how to end it", async () => {
  const { stdout, exitCode } = await demo("--keep");
  // whatever is wrong, nothing of it may outlive the test
  onTestFinished(async () => {
    for (const left of await leftBehind()) process.kill(Number(left), "SIGKILL");
  });
  expect(exitCode).toBe(0);
  const url = /Postgres stays up at\s+(postgresql:\S+)/.exec(stdout)?.[1];
  const pid = Number(/kill (\d+)/.exec(stdout)?.[1]);
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query("SELECT count(*) > 1000 AS loaded FROM customers");
  await client.end();
  expect(rows).toEqual([{ loaded: true }]);
  process.kill(pid, "SIGTERM");
  await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
  await expect(new Client({ connectionString: url }).connect()).rejects.toThrow("ECONNREFUSED");
});

test("the demo that is interrupted stops with 130 and leaves nothing running", async () => {
  const running = demo("--json");
  await expect.poll(async () => (await leftBehind()).length, { timeout: 20_000 }).toBeGreaterThan(3);
  running.kill("SIGINT");
  expect(await running).toMatchObject({ exitCode: 130, stdout: expect.stringContaining('"status":"failed"') });
  await expect.poll(leftBehind, { timeout: 20_000 }).toEqual([]);
});
