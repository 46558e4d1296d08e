import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { createDatabase } from "../server/index.ts";
import { SharedBudget } from "./index.ts";

const budget = new SharedBudget("budgets");

async function newClients(count: number): Promise<pg.Client[]> {
  const database = await createDatabase(process.env["DATABASE_URL"] ?? "");
  const clients = Array.from({ length: count }, () => new pg.Client({ connectionString: database.url }));
  onTestFinished(async () => {
    await Promise.all(clients.map((client) => client.end()));
    await database.drop();
  });
  await Promise.all(clients.map((client) => client.connect()));
  await budget.migrate(clients[0] as pg.Client);
  return clients;
}

/** Resolves to the database's clock, in seconds. */
async function clock(client: pg.Client): Promise<number> {
  return (await client.query("SELECT extract(epoch FROM clock_timestamp())::float8 AS now")).rows[0].now;
}

test("50 connections that take turns at once get as many as the budget has, and no turn twice", async () => {
  const clients = await newClients(50);
  const [client] = clients as [pg.Client];
  const turn = { name: "acct_1", perSecond: 10, burst: 5 };
  const began = await clock(client);
  const waits = (
    await Promise.all(clients.map(async (each) => [await budget.take(each, turn), await budget.take(each, turn)]))
  ).flat();
  const ended = await clock(client);
  const { rows } = await client.query(
    "SELECT extract(epoch FROM spent_until)::float8 AS at FROM budgets.budgets WHERE name = 'acct_1'",
  );
  // the last of 100 turns comes when all but the burst have passed: neither earlier, as if one were given twice, nor later
  const lastTurnS = (waits.length - turn.burst) / turn.perSecond;
  expect(rows[0].at - began).toBeGreaterThanOrEqual(lastTurnS - 0.001);
  expect(rows[0].at - ended).toBeLessThanOrEqual(lastTurnS + 0.001);
  expect(waits.filter((wait) => wait === 0).length).toBeGreaterThanOrEqual(turn.burst);
  expect(Math.max(...waits)).toBeLessThanOrEqual(lastTurnS * 1000 + 1);
  // turns that have to be waited for are given one by one
  const waited = waits.filter((wait) => wait > 0);
  expect(new Set(waited).size).toBe(waited.length);
});

test("budgets of other names are not touched, and a clock that was set back holds nobody for long", async () => {
  const [client] = (await newClients(1)) as [pg.Client];
  for (let count = 0; count < 30; count += 1) await budget.take(client, { name: "busy", perSecond: 1, burst: 1 });
  expect(await budget.take(client, { name: "idle", perSecond: 1, burst: 1 })).toBe(0);
  await client.query("UPDATE budgets.budgets SET spent_until = now() + interval '1 day' WHERE name = 'busy'");
  const wait = await budget.take(client, { name: "busy", perSecond: 1, burst: 1 });
  expect(wait).toBeGreaterThan(50_000);
  expect(wait).toBeLessThanOrEqual(61_000);
});
