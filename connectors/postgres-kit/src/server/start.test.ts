import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { startPostgres } from "./index.ts";

const shared = process.env["DATABASE_URL"] ?? "";

beforeEach(async () => {
  // A temporary folder of the test's own, so that what a server leaves behind is seen; and no server to borrow.
  const folder = await mkdtemp(join(tmpdir(), "postgres-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o777);
  vi.stubEnv("TMPDIR", folder);
  vi.stubEnv("DATABASE_URL", undefined);
  onTestFinished(() => void vi.unstubAllEnvs());
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {}); // The server may go while we are connected; the query says so.
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: "array" })).rows.flat();
  } finally {
    await client.end();
  }
}

async function startInChild(dataDir?: string): Promise<{ child: ChildProcess; url: string }> {
  const fixture = join(import.meta.dirname, "fixtures", "start-and-stay.ts");
  const child = spawn(process.execPath, [fixture, ...(dataDir === undefined ? [] : [dataDir])], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout, "data");
  return { child, url: String(line).trim() };
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

async function gone(url: string): Promise<void> {
  for (;;) {
    try {
      await query(url, "SELECT 1");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED") return;
    }
    await sleep(50);
  }
}

test("a server speaks UTF-8 and UTC under C.UTF-8, whatever the machine's settings", async () => {
  vi.stubEnv("TZ", "Asia/Tokyo");
  vi.stubEnv("LC_ALL", "de_DE.UTF-8");
  vi.stubEnv("PGPORT", "1");
  await using server = await startPostgres();
  const settings = `SELECT getdatabaseencoding(), current_setting('timezone'), datlocale, lower('Ä')
    FROM pg_database WHERE datname = current_database()`;
  expect(await query(server.url, settings)).toEqual(["UTF8", "UTC", "C.UTF-8", "ä"]);
});

test("a stopped server is gone, and so are its files", async () => {
  const server = await startPostgres();
  await server.stop();
  await expect(query(server.url, "SELECT 1")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(await readdir(tmpdir())).toEqual([]);
});

test("stopping does not wait for those who are connected", async () => {
  const server = await startPostgres();
  const slow = query(server.url, "SELECT pg_sleep(600)").catch(() => "cut off");
  await sleep(100);
  await server.stop();
  expect(await slow).toBe("cut off");
});

test("a wrong password is refused", async () => {
  await using server = await startPostgres();
  const url = new URL(server.url);
  url.password = "guess";
  await expect(query(url.href, "SELECT 1")).rejects.toMatchObject({ code: "28P01" });
});

test("servers started at once have a port each", async () => {
  const servers = await Promise.all([startPostgres(), startPostgres(), startPostgres()]);
  expect(new Set(servers.map(({ url }) => new URL(url).port)).size).toBe(3);
  await Promise.all(servers.map((server) => server.stop()));
});

test("the server of a process that was killed with SIGKILL ends, and its files are removed", async () => {
  const { child, url } = await startInChild();
  expect(await query(url, "SELECT 1")).toEqual([1]);
  await killed(child);
  await gone(url);
  await vi.waitFor(async () => expect(await readdir(tmpdir())).toEqual([]), { timeout: 10_000 });
});

test("a process that is killed before its server is up leaves no server either", async () => {
  const fixture = join(import.meta.dirname, "fixtures", "start-and-stay.ts");
  const child = spawn(process.execPath, [fixture], { stdio: "ignore" });
  await vi.waitFor(
    async () =>
      expect(await readdir(tmpdir(), { recursive: true })).toContainEqual(expect.stringContaining("data.new")),
    10_000,
  );
  await killed(child);
  await vi.waitFor(async () => expect(await readdir(tmpdir())).toEqual([]), { timeout: 10_000 });
});

test("data in a folder of ours outlives the server, under the same password", async () => {
  const dataDir = join(tmpdir(), "kept");
  const before = await startPostgres({ dataDir });
  await query(before.url, "CREATE TABLE pets AS SELECT 'Rex' AS name");
  await before.stop();
  await using after = await startPostgres({ dataDir });
  expect(await query(after.url, "SELECT name FROM pets")).toEqual(["Rex"]);
  expect(new URL(after.url).password).toBe(new URL(before.url).password);
  expect(await query(after.url, "SHOW fsync")).toEqual(["on"]);
});

test("nobody else can read a folder of ours", async () => {
  const dataDir = join(tmpdir(), "kept");
  await using _ = await startPostgres({ dataDir });
  expect((await stat(dataDir)).mode & 0o077).toBe(0);
  expect((await stat(join(dataDir, "password"))).mode & 0o077).toBe(0);
});

test("a kept folder can be used again at once after a SIGKILL, with all that was committed", async () => {
  const dataDir = join(tmpdir(), "kept");
  const { child, url } = await startInChild(dataDir);
  await query(url, "CREATE TABLE pets AS SELECT 'Rex' AS name");
  await killed(child);
  await using after = await startPostgres({ dataDir });
  expect(await query(after.url, "SELECT name FROM pets")).toEqual(["Rex"]);
});

test("with DATABASE_URL that server is used, and left running", async () => {
  vi.stubEnv("DATABASE_URL", shared);
  const server = await startPostgres();
  expect(server.url).toBe(shared);
  await server.stop();
  expect(await query(shared, "SELECT 1")).toEqual([1]);
});

test("a DATABASE_URL that does not answer fails at once and says what to do", async () => {
  vi.stubEnv("DATABASE_URL", "postgresql://127.0.0.1:1/postgres");
  await expect(startPostgres()).rejects.toMatchObject({
    reason: "server_unreachable",
    message: expect.stringContaining("unset DATABASE_URL"),
  });
});

test("a folder that cannot be a cluster fails with what Postgres says", async () => {
  const dataDir = join(tmpdir(), "kept");
  await mkdir(join(dataDir, "data"), { recursive: true });
  await expect(startPostgres({ dataDir })).rejects.toMatchObject({ reason: "server_failed" });
});
