import { gunzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { overflows, violationsOf } from "./fixtures/accessibility.ts";
import { launchBrowser, type PageBrowser } from "./fixtures/browser.ts";
import { newPipeline, newStripePipeline, runToEnd, stripeConfig } from "./fixtures/pipelines.ts";
import { startStack, type Stack } from "./fixtures/stack.ts";

// what happens in the browser is quick, but not on machines that do other things besides
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const LINES = 20_000;
const GONE = 1000;
const LAST = GONE + LINES;
const RUNS = 2_000;

let stack: Stack;
let browser: PageBrowser;
let page: Page;

beforeAll(async () => {
  stack = await startStack({ objects: { customers: 400, products: 250 } });
  browser = await launchBrowser(stack);
  page = await browser.open("/runs");
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await stack[Symbol.asyncDispose]();
});

test("a failure is seen as it comes, with its type and its remedy, and nothing moves", async () => {
  const { emulator, destinationUrl } = stack;
  const pipeline = await newPipeline(stack, {
    name: "Refused",
    source: { connector: "source-stripe", config: { ...stripeConfig(emulator), api_key: "sk_test_other" } },
    destination: {
      connector: "destination-postgres",
      config: { connection_string: destinationUrl, schema: "refused" },
    },
    settings: { streams: ["customers"] },
  });
  await page.goto(`/pipelines/${pipeline.id}`);
  await page.getByRole("button", { name: "Run now" }).click();
  await page.getByRole("link", { name: "Watch it" }).click();
  await page.getByRole("heading", { name: "Throughput" }).waitFor();
  await watchShifts(page);
  await page.getByText("The credentials were refused").waitFor();
  await page.getByText("auth · source").waitFor();
  await page.getByText("Renew the key or the password").waitFor();
  expect(await shiftsOf(page)).toEqual([]);
  expect(await violationsOf(page)).toEqual([]);
});

test("nothing moves while a run goes on, and one stream of it is run again", async () => {
  const { id } = await newStripePipeline(stack, { name: "Live", streams: ["customers", "coupons"] });
  const { data: run } = await stack.api.POST("/v1/pipelines/{id}/runs", { params: { path: { id } }, body: {} });
  await page.goto(`/runs/${run?.id}`);
  await page.getByRole("heading", { name: "Throughput" }).waitFor();
  await watchShifts(page);
  await page.getByText(/records were stored/).waitFor();
  await page.getByText("400 of 400").waitFor();
  expect(await shiftsOf(page)).toEqual([]);
  expect(await violationsOf(page)).toEqual([]);
  const again = (stream: string) => page.getByRole("button", { name: `Run ${stream} again…` });
  await again("coupons").focus();
  await page.keyboard.press("ArrowDown");
  await expect.poll(() => again("customers").evaluate((button) => button === document.activeElement)).toBe(true);
  await page.keyboard.press("Shift+Tab");
  const streams = page.getByRole("list", { name: "Streams of the run" });
  expect(await streams.evaluate((list) => list.contains(document.activeElement))).toBe(false);
  await again("customers").click();
  expect(await violationsOf(page)).toEqual([]);
  await page.getByLabel("Read everything anew").check();
  await page.getByLabel("Keep a recording").check();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByText("only customers; customers anew; recorded").waitFor();
  await page.getByText("400 records were stored").waitFor();
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download it" }).click(),
  ]);
  const recording = gunzipSync(Buffer.concat(await (await saved.createReadStream()).toArray())).toString();
  expect(recording.match(/"stream":"customers","op":"upsert"/g)).toHaveLength(400);
  expect(recording).not.toContain(stack.emulator.apiKey);
  await page.getByRole("link", { name: "Open in the explorer" }).click();
  await page.getByText("400 records went into customers.").waitFor();
});

test("a run that would not end is cancelled with a click, and what it had stored stays", async () => {
  // the second page, of a stream that no other run reads, never comes
  stack.emulator.addFault({ path: "/v1/products", parameter: "starting_after", hang: "before_headers" });
  onTestFinished(() => stack.emulator.clearFaults());
  const { id } = await newStripePipeline(stack, { name: "Endless", streams: ["products"] });
  await page.goto(`/pipelines/${id}`);
  await page.getByRole("button", { name: "Run now" }).click();
  await page.getByRole("link", { name: "Watch it" }).click();
  await page.getByText("100 of 100", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("the next run goes on from there").waitFor();
  await page.getByText("Asked to end").waitFor();
  await page.getByRole("button", { name: "Retry" }).waitFor();
  await page.getByText("100 of 100", { exact: true }).waitFor();
});

test("records that the destination cannot store are seen with the reason, and kept as a file", async () => {
  const { emulator, destinationUrl } = stack;
  // Postgres has no place for U+0000
  const [plan] = emulator.burst({ object: "plan", count: 1 });
  emulator.update(plan ?? "", { nickname: "no\0where", amount: 90_071_992 });
  const { id } = await newPipeline(stack, {
    name: "Rejecting",
    source: { connector: "source-stripe", config: stripeConfig(emulator) },
    destination: { connector: "destination-postgres", config: { connection_string: destinationUrl, schema: "strict" } },
    settings: { streams: ["plans"] },
  });
  const run = await runToEnd(stack, id);
  await page.goto(`/runs/${run.id}`);
  await page.getByText("Succeeded, but not every record could be stored").waitFor();
  const [stored] = (await page.getByText(/ records were stored in /).innerText()).split(" ");
  await page.getByRole("list", { name: "Streams of the run" }).getByText(`${stored} of `).waitFor();
  const card = page.getByRole("region", { name: "Rejected rows" });
  await card.locator("summary", { hasText: "cannot store" }).first().click();
  await card.getByText(`"${plan}"`).first().waitFor();
  expect(await violationsOf(page)).toEqual([]);
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    card.getByRole("button", { name: "Download them" }).click(),
  ]);
  const text = Buffer.concat(await (await saved.createReadStream()).toArray()).toString();
  const letters = text.trimEnd().split("\n");
  expect(letters).toHaveLength(await card.locator("summary").count());
  for (const letter of letters)
    expect(JSON.parse(letter)).toMatchObject({ stream: "plans", message: { rejected: { key: plan } } });
});

test("of a log of 20,000 lines only what is in sight is drawn; its first error is one click away, and it is searched", async () => {
  const { data: runs } = await stack.api.GET("/v1/runs", { params: { query: { limit: 1 } } });
  const id = runs?.items[0]?.id;
  await stack.query(
    `
    DELETE FROM sluice.run_logs WHERE run_id = '${id}';
    INSERT INTO sluice.run_logs (run_id, number, logged_at, level, side, message)
    SELECT '${id}', n, now(), CASE WHEN n = 15000 THEN 'error' ELSE 'info' END, 'source', 'line ' || n || ' of many'
      FROM generate_series(${GONE + 1}, ${LAST}) AS n`,
    stack.databaseUrl,
  );
  await page.goto(`/runs/${id}`);
  await page.getByText("20,000 lines").waitFor({ timeout: 40_000 });
  const rows = page.getByRole("list", { name: "Lines of the log" }).getByRole("listitem");
  await rows.getByText(`line ${LAST} of many`).waitFor();
  await page.getByText("Line 1,001 is the first one that is kept").waitFor();
  expect(await rows.count()).toBeLessThan(100);
  await page.getByRole("button", { name: "First error" }).click();
  await rows.getByText("line 15000 of many").waitFor();
  const chosen = page.locator('[aria-current="true"][data-number]');
  expect(await chosen.getAttribute("data-number")).toBe("15000");
  await chosen.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.getByRole("region", { name: "Line 15002" }).waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("data-number"))).toBe("15002");
  await page.keyboard.press("End");
  await page.getByRole("region", { name: `Line ${LAST}` }).waitFor();
  await page.getByLabel("Search the log").fill("LINE 1432");
  await page.getByText("11 lines").waitFor();
  await rows.getByText("line 14321 of many").click();
  await page.getByRole("button", { name: "Show what is around it" }).click();
  await rows.getByText("line 14322 of many").waitFor();
  await page.getByLabel("Levels").selectOption("error");
  await page.getByText("1 line", { exact: true }).waitFor();
});

test("2,000 runs are scrolled through, and filters stay in the address", async () => {
  const { data: pipelines } = await stack.api.GET("/v1/pipelines", { params: { query: { limit: 1 } } });
  const pipelineId = pipelines?.items[0]?.id;
  await stack.query(
    `
    INSERT INTO sluice.runs (id, pipeline_id, reason, options, status, created_at, started_at, ended_at)
    SELECT 'run_many' || n, '${pipelineId}', 'schedule', '{}', 'partial', now(), now(), now()
      FROM generate_series(1, ${RUNS}) AS n`,
    stack.databaseUrl,
  );
  await page.goto("/runs?status=partial");
  const list = page.getByRole("region", { name: "Found runs" });
  await list.getByRole("listitem").first().waitFor();
  expect(await page.getByLabel("Status").inputValue()).toBe("partial");
  expect(await violationsOf(page)).toEqual([]);
  await expect
    .poll(
      async () => {
        await list.evaluate((box) => box.scrollTo(0, box.scrollHeight));
        return list.evaluate((box) => box.scrollHeight);
      },
      { timeout: 40_000, interval: 50 },
    )
    .toBe(RUNS * 52);
  expect(await list.getByRole("listitem").count()).toBeLessThan(60);
  await page.getByLabel("Status").selectOption("failed");
  await list.getByText("Refused").waitFor();
  expect(new URL(page.url()).search).toBe("?status=failed");
  await page.setViewportSize({ width: 360, height: 780 });
  expect(await overflows(page)).toBe(false);
  await list.getByRole("link").first().click();
  await page.getByText("The credentials were refused").waitFor();
  expect(await overflows(page)).toBe(false);
  expect(browser.problems()).toEqual([]);
});

/** Begins to note what of the page moves without being asked to (Layout Instability, W3C). */
async function watchShifts(page: Page): Promise<void> {
  await page.evaluate(() => {
    type Shift = PerformanceEntry & { hadRecentInput: boolean; sources: { node: Node | null }[] };
    const watched = globalThis as typeof globalThis & { shifts: string[] };
    watched.shifts = [];
    new PerformanceObserver((list) => {
      for (const { hadRecentInput, sources } of list.getEntries() as Shift[])
        if (!hadRecentInput) watched.shifts.push(...sources.map(({ node }) => node?.textContent?.slice(0, 80) ?? ""));
    }).observe({ type: "layout-shift" });
  });
}

function shiftsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => (globalThis as typeof globalThis & { shifts: string[] }).shifts);
}
