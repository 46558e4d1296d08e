import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { Config } from "./config.ts";
import { runDestination } from "./fixtures/destination-process.ts";
import { load } from "./fixtures/in-process.ts";
import { completeLine, configured, recordLine, stateLine } from "./fixtures/lines.ts";
import { addSpreadsheet, startTestEmulator } from "./fixtures/spreadsheet.ts";
import { check, setUp } from "./setup.ts";

const emulator = await startTestEmulator();
afterAll(() => emulator.close());

const streams = [configured("customers"), configured("orders", { properties: { id: {}, total: { type: "number" } } })];

async function catalogFile(of: object[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "destination-google-sheets-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "catalog.json");
  await writeFile(path, JSON.stringify({ streams: of }));
  return path;
}

test("setup makes what it says beforehand, once, and a write then changes no tab", async () => {
  const { config, id, titles } = addSpreadsheet(emulator);
  const catalog = await catalogFile(streams);
  const before = emulator.read(id);
  const dry = await runDestination(["setup", "--catalog", catalog, "--dry-run"], { config });
  expect(dry.exitCode).toBe(0);
  expect(emulator.read(id)).toEqual(before);
  expect(dry.stdout.split("\n")).toEqual([
    "ADD HIDDEN TAB for what Sluice keeps of its own;",
    'ADD TAB "Sluice" for how each stream is doing;',
    'ADD TAB "customers" with 2 columns for the stream "customers";',
    'ADD TAB "orders" with 2 columns for the stream "orders";',
    "",
  ]);
  expect((await runDestination(["setup", "--catalog", catalog], { config })).stdout).toBe(dry.stdout);
  expect(titles()).toEqual(["Sluice", "Sheet1", "customers", "orders"]);
  const made = emulator.read(id);
  expect((await runDestination(["setup", "--catalog", catalog], { config })).stdout).toBe("");
  expect(emulator.read(id)).toEqual(made);
  await load({ config, streams }, []);
  expect(titles()).toEqual(["Sluice", "Sheet1", "customers", "orders"]);
});

test("without a spreadsheet setup makes one and tells the whole new configuration, and write says what is missing", async () => {
  const { config } = addSpreadsheet(emulator);
  const { spreadsheet_id: _, ...without } = config;
  const catalog = await catalogFile(streams);
  const run = await runDestination(["setup", "--catalog", catalog], { config: without });
  expect(run.exitCode).toBe(0);
  const told = Object(run.messages[0]).control.config;
  expect(told).toMatchObject({ ...without, spreadsheet_id: expect.stringMatching(/^[\w-]+$/) });
  expect(run.stdout).toContain(`MAKE SPREADSHEET "Sluice" (spreadsheet_id ${told.spreadsheet_id})`);
  await load({ config: told, streams }, [recordLine("customers", { id: "a" }), completeLine("customers")]);
  expect(emulator.values(told.spreadsheet_id, "customers!B2:B2")).toEqual([["a"]]);
  const write = await runDestination(["write"], {
    config: without,
    input: `${JSON.stringify({ type: "catalog", catalog: { streams } })}\n`,
  });
  expect(write.exitCode).toBe(10);
  expect(write.stderr).toContain("DESTINATION_GOOGLE_SHEETS_SPREADSHEET_ID");
});

test("a plan that does not fit is refused with the numbers and what to leave out, before anything is written", async () => {
  const { config, id } = addSpreadsheet(emulator);
  const before = emulator.read(id);
  emulator.clearRequests();
  const big = [
    configured("charges", { limit: 900_000 }),
    configured("events", { metadata: { estimated_rows: 3_000_000 } }),
    configured("report", { mode: "overwrite", limit: 100_000 }),
    configured("customers"),
  ];
  const run = await runDestination(["write"], {
    config,
    input: `${JSON.stringify({ type: "catalog", catalog: { streams: big } })}\n`,
  });
  expect(run.exitCode).toBe(10);
  expect(run.stderr).toContain(
    'The file "Untitled spreadsheet" has 26000 cells and the streams need 12300312 more, 12326312 in all, but cells_budget allows 10000000; leave out "events" (3000001 rows of 3 columns, 9000003 cells)',
  );
  expect(emulator.requests().filter(({ path }) => path.includes("batchUpdate"))).toEqual([]);
  expect(emulator.read(id)).toEqual(before);
  // what is left out makes room
  await setUp(Config.parse(config), {
    streams: big.slice(2).map((stream) => Object(stream)),
    dryRun: false,
    configured: async () => {},
  });
});

test("too many tabs and too many columns are refused with the numbers", async () => {
  const { config } = addSpreadsheet(emulator);
  const many = Array.from({ length: 198 }, (_, index) => configured(`s${index}`));
  await expect(load({ config, streams: many }, [])).rejects.toThrow("has 1 tabs and would need 200 more");
  const properties = Object.fromEntries(Array.from({ length: 18_278 }, (_, index) => [`p${index}`, {}]));
  await expect(load({ config, streams: [configured("wide", { properties })] }, [])).rejects.toThrow(
    "has 18280 columns",
  );
});

test("a tab that would grow beyond the budget ends the run before that write, and what is committed stays", async () => {
  const { config, table } = addSpreadsheet(emulator);
  const settings = { ...config, cells_budget: 26_000 + 1750 + 300 + 291 * 3, checkpoint_interval_ms: 0 };
  const lines = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => recordLine("customers", { id: String(from + index) }));
  const own = [configured("customers")];
  await load({ config: settings, streams: own }, lines(0, 90));
  await expect(load({ config: settings, streams: own }, lines(90, 900))).rejects.toThrow(
    /needs 901 rows of 3 columns in the tab "customers", with which the file would have \d+ cells, but cells_budget allows 28923/,
  );
  expect(table("customers").length).toBe(91);
  // after a commit, too
  const small = { ...settings, max_batch_bytes: 1024 };
  const more = [...lines(0, 10), stateLine(0), ...lines(90, 900)];
  await expect(load({ config: small, streams: own, pipelineId: "p" }, more)).rejects.toThrow(
    "cells_budget allows 28923",
  );
  // what just fits is written to the last cell
  await load({ config: settings, streams: own }, lines(90, 290));
  expect(table("customers").length).toBe(291);
});

test("check tells what it may do, with a service account and with a refresh token", async () => {
  const { config, id } = addSpreadsheet(emulator);
  const key = emulator.serviceAccount("robot@project.iam.gserviceaccount.com");
  const { client_id: _, client_secret: __, refresh_token: ___, ...rest } = config;
  const asRobot = { ...rest, service_account: key };
  const folder = await mkdtemp(join(tmpdir(), "destination-google-sheets-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "key.json"), JSON.stringify(key));
  const asFile = { ...rest, service_account_file: join(folder, "key.json") };
  const outcome = async (of: Record<string, unknown>) =>
    check(Config.parse(of)).then(
      ({ message }) => message,
      (error: unknown) => String(error),
    );
  expect(await outcome(config)).toContain("it has 1 tabs with 26000 of 10000000 cells");
  expect(await outcome(asRobot)).toContain("share the spreadsheet with robot@project.iam.gserviceaccount.com");
  emulator.share(id, key.client_email, "reader");
  expect(await outcome(asFile)).toContain("as an editor");
  emulator.share(id, key.client_email, "writer");
  const escaped = { ...key, private_key: key.private_key.replaceAll("\n", "\\n") };
  for (const of of [asRobot, asFile, { ...rest, service_account: escaped }])
    expect(await outcome(of)).toContain("can be written by robot@project.iam.gserviceaccount.com");
  expect(await outcome({ ...config, refresh_token: "wrong" })).toContain("renew the key or the refresh token");
  expect(await outcome({ ...config, spreadsheet_id: "nowhere" })).toContain("there is no spreadsheet nowhere");
  const nobody = { ...config, base_url: "http://127.0.0.1:9", max_retry_ms: 0 };
  expect(await outcome(nobody)).toContain("Google cannot be reached");
  expect(await outcome({ ...rest, service_account_file: folder })).toContain("cannot be read");
});

test("what check and a failure print holds no secret", async () => {
  const { config } = addSpreadsheet(emulator);
  const key = emulator.serviceAccount("canary@project.iam.gserviceaccount.com");
  const { client_id: _, client_secret: __, refresh_token: token, ...rest } = config;
  const secrets = [key.private_key.split("\n")[3] ?? "", String(token)];
  for (const of of [{ ...rest, service_account: key }, { ...config, client_secret: "wrong-secret" }, rest]) {
    const { messages, stdout, stderr, exitCode } = await runDestination(["check"], { config: of });
    expect(exitCode).toBe(0);
    expect(Object(messages[0]).connection_status.status).toBe("failed");
    for (const secret of [...secrets, "wrong-secret"]) expect(stdout + stderr).not.toContain(secret);
  }
});

test("a file that may be written is not changed by check", async () => {
  const { config, id } = addSpreadsheet(emulator);
  const before = emulator.read(id);
  await check(Config.parse(config));
  expect(emulator.read(id)).toEqual(before);
});
