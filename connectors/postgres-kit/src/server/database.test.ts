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
