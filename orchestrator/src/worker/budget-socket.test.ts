import { join } from "node:path";
import { startEmulator } from "@sluice/stripe-emulator";
import { execa } from "execa";
import { expect, onTestFinished, test } from "vitest";
import { newStore } from "../fixtures/store.ts";
import { Database } from "../store/database.ts";
import { BudgetSocket } from "./budget-socket.ts";

const SOURCE = join(import.meta.dirname, "..", "..", "..", "node_modules", ".bin", "source-stripe");
const PER_SECOND = 80;

/** An account that refuses what is beyond its limit, and sources that read all of its streams, each asking at a socket of its own. */
async function newStage() {
  const { store, url } = await newStore();
  const emulator = await startEmulator({ rateLimits: { global: PER_SECOND + 5 } });
  onTestFinished(() => emulator.close());
  const read = async ({ meanwhile = async (_: BudgetSocket) => {} } = {}) => {
    const database = Database.attach(url, { connections: 1 });
    const socket = await BudgetSocket.listen(database);
    const reading = execa(SOURCE, ["read"], {
      env: {
        ...socket.environment,
        SOURCE_STRIPE_BASE_URL: emulator.url,
        SOURCE_STRIPE_API_KEY: emulator.apiKey,
        SOURCE_STRIPE_API_VERSION: emulator.apiVersion,
        SOURCE_STRIPE_MAX_REQUESTS_PER_SECOND: String(PER_SECOND),
        SOURCE_STRIPE_EVENTS_MODE: "off",
      },
      reject: false,
      // of what it reads nothing is needed
      stdout: "ignore",
    });
    await meanwhile(socket);
    const { exitCode, stderr } = await reading;
    await socket[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
    return { exitCode, refusals: stderr.split("\n").filter((line) => line.includes(" failed (")) };
  };
  return { store, emulator, read };
}

test("sources that read one account at the same time stay within its limit together", async () => {
  const { emulator, read } = await newStage();
  const reads = await Promise.all([read(), read(), read()]);
  expect(reads).toEqual(reads.map(() => ({ exitCode: 0, refusals: [] })));
  // far more than the account lets through at once
  expect(emulator.requests().total).toBeGreaterThan(4 * PER_SECOND);
});

test("a budget that is lost, in the database or with its socket, slows a source down and does not fail it", async () => {
  const { store, read } = await newStage();
  const lost = read({ meanwhile: (socket) => socket[Symbol.asyncDispose]() });
  await store.database.pool.query("DROP SCHEMA sluice_budgets CASCADE");
  expect(await Promise.all([lost, read()])).toEqual([1, 2].map(() => ({ exitCode: 0, refusals: [] })));
});
