import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import pg from "pg";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { createDatabase } from "../server/index.ts";
import { startProxy, type PostgresProxy, type ProxyFault } from "./index.ts";

/** How a client puts it that its connection was reset. */
const CUT = /ECONNRESET|terminated/;

const database = await createDatabase(process.env["DATABASE_URL"] ?? "");
const direct = await connected(database.url);
await direct.query("CREATE TABLE pets (id int PRIMARY KEY, name text)");
afterAll(async () => {
  await direct.end();
  await database.drop();
});

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  // a connection that is cut is what these tests are about
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function proxied(fault?: ProxyFault): Promise<PostgresProxy> {
  const proxy = await startProxy(database.url, fault);
  onTestFinished(() => proxy.close());
  return proxy;
}

/** Puts two pets into the table, in one transaction of simple and extended queries. */
async function putPets(url: string): Promise<void> {
  const client = await connected(url);
  try {
    await client.query("BEGIN");
    await client.query("INSERT INTO pets VALUES (1, 'Ada')");
    await client.query("INSERT INTO pets VALUES ($1, $2)", [2, "Bit"]);
    await client.query("COMMIT");
  } finally {
    await client.end().catch(() => {});
  }
}

/** Resolves to how many pets there are, once the sessions that put them have ended; there are none afterwards. */
async function petsThere(): Promise<number> {
  const others =
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
  await expect.poll(async () => (await direct.query(others)).rows[0].n, { timeout: 30_000 }).toBe(0);
  const { rows } = await direct.query(
    "WITH gone AS (DELETE FROM pets RETURNING id) SELECT count(*)::int AS n FROM gone",
  );
  return rows[0].n;
}

test("what passes through is counted and not changed, however large", async () => {
  const proxy = await proxied();
  const client = await connected(proxy.url);
  const before = { ...proxy.counts };
  const text = "ö".repeat(3_000_000);
  const { rows } = await client.query("SELECT $1::text AS text", [text]);
  expect(rows[0].text === text).toBe(true);
  // Parse, Bind, Describe, Execute, Sync; ParseComplete, BindComplete, RowDescription, DataRow, CommandComplete, Ready
  expect(proxy.counts).toEqual({ ...before, client: before.client + 5, server: before.server + 6 });
  await client.end();
});

test("COMMITs are counted, and ROLLBACKs are not", async () => {
  const proxy = await proxied();
  await putPets(proxy.url);
  const client = await connected(proxy.url);
  await client.query("BEGIN");
  await client.query("ROLLBACK");
  await client.end();
  expect(proxy.counts).toMatchObject({ connections: 2, commits: 1 });
  expect(await petsThere()).toBe(2);
});

const counting = await startProxy(database.url);
await putPets(counting.url);
const total = { ...counting.counts };
await counting.close();
await direct.query("DELETE FROM pets");

test.each([
  ["client", "before"],
  ["client", "midway"],
  ["client", "after"],
  ["server", "before"],
  ["server", "midway"],
  ["server", "after"],
] as const)(
  "a transaction that is cut at any message of the %s, %s it, is there as a whole or not at all",
  async (at, when) => {
    const found = new Set<number>();
    for (let nth = 1; nth <= total[at]; nth += 1) {
      const proxy = await proxied({ at, nth, when, action: "reset" });
      const outcome = await putPets(proxy.url).then(
        () => "done",
        () => "failed",
      );
      const pets = await petsThere();
      expect({ nth, fired: proxy.fired, pets: pets === 0 || pets === 2 }).toEqual({ nth, fired: true, pets: true });
      // who was told of the COMMIT relies on it
      if (outcome === "done") expect({ nth, pets }).toEqual({ nth, pets: 2 });
      found.add(pets);
      await proxy.close();
    }
    // the cuts reach from before the transaction to behind it
    expect(found).toEqual(new Set([0, 2]));
  },
);

test("a cut before a COMMIT undoes it; a cut after it leaves it done and untold", async () => {
  for (const [when, pets] of [
    ["before", 0],
    ["midway", 0],
    ["after", 2],
  ] as const) {
    const proxy = await proxied({ at: "commit", nth: 1, when, action: "reset" });
    await expect(putPets(proxy.url)).rejects.toThrow(CUT);
    expect({ when, pets: await petsThere(), fired: proxy.fired }).toEqual({ when, pets, fired: true });
  }
});

test("a COMMIT in the extended protocol is one, too", async () => {
  const proxy = await proxied({ at: "commit", nth: 1, when: "before", action: "reset" });
  const client = await connected(proxy.url);
  await client.query("BEGIN");
  await client.query("INSERT INTO pets VALUES (3, 'Cap')");
  await expect(client.query({ name: "named", text: " commit" })).rejects.toThrow(CUT);
  expect(await petsThere()).toBe(0);
});

test("a fault strikes once, is armed from then on, and the next connection is whole", async () => {
  const proxy = await proxied();
  await putPets(proxy.url);
  expect(await petsThere()).toBe(2);
  proxy.arm({ at: "commit", nth: 1, when: "before", action: "reset" });
  expect(proxy.fired).toBe(false);
  await expect(putPets(proxy.url)).rejects.toThrow(CUT);
  expect(proxy.fired).toBe(true);
  await petsThere();
  await putPets(proxy.url);
  expect(await petsThere()).toBe(2);
});

test("a stall delays and changes nothing", async () => {
  const proxy = await proxied({ at: "commit", nth: 1, when: "midway", action: "stall", stallMs: 50 });
  await putPets(proxy.url);
  expect({ fired: proxy.fired, pets: await petsThere() }).toEqual({ fired: true, pets: 2 });
});

test("a connection in a black hole hears nothing more, and others do", async () => {
  const proxy = await proxied({ at: "commit", nth: 1, when: "after", action: "blackhole" });
  const lost = putPets(proxy.url).then(
    () => "done",
    () => "cut",
  );
  await expect.poll(() => proxy.fired, { timeout: 30_000 }).toBe(true);
  const other = await connected(proxy.url);
  expect((await other.query("SELECT count(*)::int AS n FROM pets")).rows).toEqual([{ n: 2 }]);
  await other.end();
  expect(await Promise.race([lost, Promise.resolve("nothing")])).toBe("nothing");
  await proxy.close();
  expect(await lost).toBe("cut");
  expect(await petsThere()).toBe(2);
});

test("a request for TLS is answered by the server itself", async () => {
  const proxy = await proxied();
  await expect(connected(`${proxy.url}?sslmode=verify-full`)).rejects.toThrow("does not support SSL");
  expect(proxy.counts).toMatchObject({ client: 1, server: 1 });
});

test("what is encrypted passes through as it is", async () => {
  // a server that says yes to TLS and then sends back whatever it gets
  const server = createServer((socket) => {
    socket.once("data", () => {
      socket.write("S");
      socket.pipe(socket);
    });
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const proxy = await startProxy(`postgresql://user@127.0.0.1:${port}/db`, {
    at: "client",
    nth: 3,
    when: "before",
    action: "reset",
  });
  onTestFinished(() => proxy.close());
  const client = connect(Number(new URL(proxy.url).port), "127.0.0.1");
  client.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
  expect(String((await once(client, "data"))[0])).toBe("S");
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
  client.write(bytes);
  expect((await once(client, "data"))[0]).toEqual(bytes);
  client.destroy();
  expect(proxy).toMatchObject({ counts: { client: 2, server: 2 }, fired: false });
});

test("a target that is no URL of a Postgres is refused without showing it", async () => {
  await expect(startProxy("mysql://user:secret@host/db")).rejects.toMatchObject({
    code: "config",
    message: expect.not.stringContaining("secret"),
  });
});
