import { afterAll, expect, test } from "vitest";
import { load } from "./fixtures/in-process.ts";
import { completeLine, configured, recordLine, stateLine } from "./fixtures/lines.ts";
import { addSpreadsheet, startTestEmulator } from "./fixtures/spreadsheet.ts";

// the quota of Google, not the wide one of other tests
const emulator = await startTestEmulator({ limits: { readsPerMinutePerUser: 60, writesPerMinutePerUser: 60 } });
afterAll(() => emulator.close());

const ROWS = 100_000;
const STATE_EVERY = 500;

const properties = {
  id: { type: "string" },
  email: { type: "string" },
  name: { type: "string" },
  created: { type: "integer", format: "unix-time" },
  balance: { type: "integer" },
  currency: { type: "string" },
  metadata: { type: "object" },
};

function* lines(): Generator<string> {
  for (let index = 0; index < ROWS; index += 1) {
    const id = `cus_${String(index).padStart(14, "0")}`;
    const created = 1_700_000_000 + index;
    const rest = { balance: index % 997, currency: "eur", metadata: { order: index, plan: "team" } };
    yield recordLine(
      "customers",
      { id, email: `${id}@example.com`, name: `Customer ${index}`, created, ...rest },
      { version: index },
    );
    if (index % STATE_EVERY === STATE_EVERY - 1)
      yield stateLine((index + 1) / STATE_EVERY - 1, { stream: "customers" });
  }
  yield completeLine("customers");
}

test("100,000 rows take no more than two requests a megabyte, all within Google's quota", async () => {
  const { config, id, table } = addSpreadsheet(emulator);
  const all = [...lines()];
  const megabytes = all.reduce((sum, line) => sum + line.length, 0) / 1_000_000;
  emulator.clearRequests();
  const settings = { ...config, requests_per_minute: 60, checkpoint_interval_ms: 60_000 };
  const streams = [configured("customers", { properties })];
  const { echoes } = await load({ config: settings, streams, pipelineId: "volume" }, all);
  const requests = emulator.requests().filter(({ path }) => path !== "/token");
  expect(requests.length / megabytes).toBeLessThanOrEqual(2);
  expect(new Set(requests.map(({ status }) => status))).toEqual(new Set([200]));
  expect(Math.max(...requests.map(({ bytes }) => bytes))).toBeLessThan(2_100_000);
  expect(echoes.at(-1)?.counts["customers"]).toMatchObject({ received: ROWS, written: ROWS });
  expect(emulator.values(id, `customers!B${ROWS + 1}:B${ROWS + 1}`)).toEqual([
    [`cus_${String(ROWS - 1).padStart(14, "0")}`],
  ]);
  expect(table("Sluice")[1]?.slice(0, 3)).toEqual(["customers", "customers", ROWS]);
});
