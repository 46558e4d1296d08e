import { once } from "node:events";
import { connect as connectTo, createServer, type AddressInfo } from "node:net";
import pg from "pg";
import { expect, test } from "vitest";
import { createDatabase } from "./index.ts";

const server = process.env["DATABASE_URL"] ?? "";

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {}); // Dropping the database ends its sessions.
  await client.connect();
  return client;
}

test("two databases made at once are two, and both are empty", async () => {
  const databases = await Promise.all([createDatabase(server), createDatabase(server)]);
  const [a, b] = await Promise.all(databases.map(({ url }) => connect(url)));
  await a?.query("CREATE TABLE pets ()");
  expect((await b?.query("SELECT to_regclass('pets') AS pets"))?.rows).toEqual([{ pets: null }]);
  await Promise.all([a?.end(), b?.end(), ...databases.map((database) => database.drop())]);
});

test("a dropped database is gone even while somebody is connected", async () => {
  const database = await createDatabase(server);
  const client = await connect(database.url);
  await database.drop();
  await client.end();
  await expect(connect(database.url)).rejects.toMatchObject({ code: "3D000" });
});

/** Leads to the server until the first statement comes, and then to nowhere. */
async function cutAtStatement(): Promise<{ url: string } & AsyncDisposable> {
  const { hostname, port } = new URL(server);
  const proxy = createServer((client) => {
    const upstream = connectTo(Number(port), hostname);
    client.on("data", (bytes: Buffer) => {
      if (bytes.includes("CREATE DATABASE")) client.destroy();
      else upstream.write(bytes);
    });
    upstream.on("data", (bytes: Buffer) => client.write(bytes));
    client.on("error", () => {}).on("close", () => upstream.destroy());
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  const url = new URL(server);
  url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return { url: url.href, [Symbol.asyncDispose]: async () => void proxy.close() };
}

test("a connection that is lost while a database is made is an error of that, and of nothing else", async () => {
  await using way = await cutAtStatement();
  await expect(createDatabase(way.url)).rejects.toThrow("Connection terminated unexpectedly");
});
