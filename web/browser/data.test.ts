import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { overflows, violationsOf } from "./fixtures/accessibility.ts";
import { launchBrowser, type PageBrowser } from "./fixtures/browser.ts";
import { newPipeline, newStripePipeline, runToEnd, type MadePipeline } from "./fixtures/pipelines.ts";
import { askSql, gridCells } from "./fixtures/sql.ts";
import { startStack, type Stack } from "./fixtures/stack.ts";

let stack: Stack;
let browser: PageBrowser;
let pipeline: MadePipeline;
let page: Page;

beforeAll(async () => {
  stack = await startStack();
  browser = await launchBrowser(stack);
  pipeline = await newStripePipeline(stack);
  page = await browser.open(`/pipelines/${pipeline.id}/data`);
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await stack[Symbol.asyncDispose]();
});

test("whoever waits for the first tables and states sees them come", async () => {
  const states = await browser.open(`/pipelines/${pipeline.id}/states`);
  await states.getByText("No states yet").waitFor();
  await page.getByText("No tables yet").waitFor();
  await runToEnd(stack, pipeline.id);
  await states.getByRole("button", { name: "customers" }).waitFor();
  await page.getByText("customers", { exact: true }).first().waitFor();
  await states.close();
});

test("what was written is found, asked for by SQL, and kept as CSV", async () => {
  const [counted] = await stack.query("SELECT count(*)::int AS n, min(id) AS first FROM stripe.customers");
  await page.getByRole("link", { name: "Data" }).click();
  await page.getByText("customers", { exact: true }).first().click();
  await page.getByRole("button", { name: "Show its rows" }).click();
  await page.getByText(/^100 rows,/).waitFor();
  await askSql(page, "select id, email from stripe.customers order by id");
  await page.getByText(new RegExp(`^${Number(counted?.["n"])} rows,`)).waitFor();
  expect((await gridCells(page))[0]).toBe(counted?.["first"]);
  expect(await violationsOf(page)).toEqual([]);

  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "CSV", exact: true }).click(),
  ]);
  const csv = Buffer.concat(await (await saved.createReadStream()).toArray()).toString();
  expect(csv.trimEnd().split("\r\n")).toHaveLength(Number(counted?.["n"]) + 1);
});

test("a statement that would change something is refused by the database, one that is wrong is told where", async () => {
  const gone = "with gone as (delete from stripe.customers returning id) select * from gone";
  await askSql(page, gone);
  await page.getByRole("alert").getByText("read-only transaction").waitFor();
  await askSql(page, "select nme from stripe.customers");
  await page.getByRole("alert").getByText('column "nme" does not exist at character 8').waitFor();
});

test("rows are cut at the chosen number, and a statement that goes on is cancelled in the database", async () => {
  await page.getByLabel("At most").selectOption("100");
  await askSql(page, "select n from generate_series(1, 5000) as n");
  await page.getByText(/^The first 100 rows,/).waitFor();
  // a file has more than is shown, and tells when that is not all
  await askSql(page, "select n from generate_series(1, 100001) as n");
  await page.getByText(/^The first 100 rows,/).waitFor();
  const file = page.waitForEvent("download");
  await page.getByRole("button", { name: "CSV", exact: true }).click();
  await file;
  await page.getByText("It has the first 100,000 rows").waitFor();
  await askSql(page, "select pg_sleep(50)");
  const running = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
  await expect.poll(() => stack.query(running), { timeout: 30_000 }).toHaveLength(1);
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect.poll(() => stack.query(running), { timeout: 30_000 }).toHaveLength(0);
  await page.getByRole("button", { name: "Run", exact: true }).waitFor();
});

test("rows are watched as they change", async () => {
  // as while the destination is away
  await page.route("**/data/tail?*", (route) => route.fulfill({ status: 503 }), { times: 1 });
  await page.getByRole("button", { name: "Watch" }).click();
  await page.getByText("It is tried again by itself").waitFor();
  const grid = page.getByRole("grid", { name: "Newest rows of customers" });
  const first = grid.getByRole("gridcell").first();
  const before = await first.innerText();
  const [customer] = await stack.query(`SELECT id FROM stripe.customers WHERE id <> '${before}' ORDER BY id LIMIT 1`);
  const id = String(customer?.["id"]);
  stack.emulator.update(id, { balance: 777_001 });
  await first.dblclick();
  const opened = page.getByRole("dialog");
  expect(await opened.locator("pre").innerText()).toBe(before);
  await runToEnd(stack, pipeline.id);
  await page.getByText("777001").first().waitFor({ state: "attached" });
  expect(await opened.locator("pre").innerText()).toBe(before);
  await page.keyboard.press("Escape");
  await grid.getByRole("gridcell", { name: "777001" }).waitFor();
  expect(await grid.getByRole("gridcell", { name: id, exact: true }).count()).toBe(1);
  expect(await violationsOf(page)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 780 });
  expect(await overflows(page)).toBe(false);
  expect(browser.problems()).toEqual([]);
});

test("where the destination is no Postgres, that is said", async () => {
  const files = await newPipeline(stack, {
    name: "Into files",
    source: { connector: "source-example", config: { count: 3 } },
    destination: { connector: "destination-example", config: { folder: "rows" } },
  });
  await page.goto(`/pipelines/${files.id}/data`);
  await page.getByRole("alert").getByText("that takes a destination-postgres").waitFor();
});

test("while the server is away a page keeps what it shows and says so, and goes on by itself when it is back", async () => {
  const { id } = pipeline;
  const { data: runs } = await stack.api.GET("/v1/runs", {
    params: { query: { pipeline_id: id, status: "succeeded" } },
  });
  const list = await browser.open("/pipelines");
  await list.getByRole("table").getByText("Healthy").waitFor();
  const settings = await browser.open(`/pipelines/${id}/settings`);
  await settings.getByLabel("Retries").fill("7");
  const watched = await browser.open(`/runs/${runs?.items.at(-1)?.id}`);
  await watched.getByText("250 records were stored").waitFor();
  // the second page of customers does not come before the faults are cleared
  stack.emulator.addFault({ path: "/v1/customers", parameter: "starting_after", hang: "before_headers" });
  onTestFinished(() => stack.emulator.clearFaults());
  const { data: run } = await stack.api.POST("/v1/pipelines/{id}/runs", {
    params: { path: { id } },
    body: { full_refresh: true },
  });
  const live = await browser.open(`/runs/${run?.id}`);
  await live
    .getByRole("list", { name: "Streams of the run" })
    .getByText(/^100 of /)
    .waitFor();
  // as a proxy answers whose server is away
  await list.route("**/v1/pipelines/health?*", (route) => route.fulfill({ status: 502 }), { times: 1 });
  await list.getByText("answered 502 Bad Gateway").waitFor();
  await list.getByRole("table").getByText("Healthy").waitFor();
  await live.route("**/events", (route) => route.fulfill({ status: 502, contentType: "text/html" }), { times: 1 });

  const restart = await stack.stopServer();
  await live.getByText("connection lost, trying again").waitFor();
  for (const page of [list, settings, watched]) await page.getByText("The server does not answer.").waitFor();
  expect(await violationsOf(list)).toEqual([]);
  await list.getByRole("table").getByText("Healthy").waitFor();
  await watched.getByText("250 records were stored").waitFor();
  await settings.getByRole("button", { name: "See what changes" }).click();
  await settings.getByRole("button", { name: "Save" }).click();
  await settings.getByRole("dialog").getByText("The server cannot be reached").waitFor();

  await restart();
  stack.emulator.clearFaults();
  for (const page of [list, settings, watched])
    await page.getByText("The server does not answer.").waitFor({ state: "detached" });
  await settings.getByRole("button", { name: "Save" }).click();
  await settings.getByRole("dialog").waitFor({ state: "detached" });
  const { data: saved } = await stack.api.GET("/v1/pipelines/{id}", { params: { path: { id } } });
  expect(saved?.settings).toMatchObject({ retries: 7 });
  await stack.api.PATCH("/v1/pipelines/{id}", { params: { path: { id } }, body: { name: "Renamed" } });
  await list.getByRole("link", { name: "Renamed" }).waitFor();

  await live.getByText("records were stored").waitFor();
  const { data: log } = await stack.api.GET("/v1/runs/{id}/logs", {
    params: { path: { id: run?.id ?? "" }, query: { limit: 200 } },
  });
  expect(log?.items.map(({ number }) => number)).toEqual(Array.from(log?.items ?? [], (_, index) => index + 1));
  await live.getByText(`${log?.items.length} lines`, { exact: true }).waitFor();

  await watched.route("**/events", (route) => route.fulfill({ status: 400, contentType: "text/html" }), { times: 1 });
  await watched.reload();
  await watched.getByRole("button", { name: "Try again" }).click();
  await watched.getByText(/^[1-9]\d* lines$/).waitFor();
  expect(browser.problems()).toEqual([]);
});
