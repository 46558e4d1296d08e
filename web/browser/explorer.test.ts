import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { overflows, violationsOf } from "./fixtures/accessibility.ts";
import { launchBrowser, type PageBrowser } from "./fixtures/browser.ts";
import { askSql, gridCells } from "./fixtures/sql.ts";
import { startStack, type Stack } from "./fixtures/stack.ts";

let stack: Stack;
let browser: PageBrowser;
let page: Page;

// Postgres takes a while to start in a browser, so all look at one page, which nobody is logged in to
beforeAll(async () => {
  stack = await startStack();
  browser = await launchBrowser(stack);
  page = await browser.open("/explorer", { isLoggedIn: false });
  await page.getByText(/The tables are those of Stripe's API \d{4}-/).waitFor();
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await stack[Symbol.asyncDispose]();
});

const record = (stream: string, version: number, data: object, op = "upsert") =>
  JSON.stringify({ type: "record", record: { stream, op, version, data } });

const RECORDING = [
  JSON.stringify({
    type: "catalog",
    catalog: {
      streams: [
        { stream: { name: "customers", primary_key: ["id"], json_schema: {} }, sync_mode: "full_refresh" },
        { name: "moods", primary_key: ["id"], json_schema: { properties: { id: { type: "string" }, mood: {} } } },
      ],
    },
  }),
  record("customers", 2, { id: "cus_1", created: 1767225600, balance: -500, name: "Ana\n“the newest”" }),
  record("customers", 1, { id: "cus_1", created: 1767225600, balance: 0, name: "Ana, once" }),
  record("customers", 1, { id: "cus_2", created: 1767312000, balance: 12_345, email: null }),
  record("customers", 1, { id: "cus_3", created: 1767312000, balance: 1, name: "gone" }),
  record("customers", 2, { id: "cus_3" }, "delete"),
  // more digits than a number of JavaScript has
  record("moods", 1, { id: "m_1", mood: { is: "good", n: 0 } }).replace('"n":0', '"n":12345678901234567890'),
  record("nobody_knows", 1, { id: "n_1" }),
].join("\n");

async function openFile(label: string, file: { name: string; content: Buffer | string }): Promise<void> {
  const buffer = Buffer.from(file.content);
  await page.locator(`input[aria-label="${label}"]`).setInputFiles({ name: file.name, mimeType: "text/plain", buffer });
}

const ask = (sql: string) => askSql(page, sql);
const cells = () => gridCells(page);

test("without a login the explorer loads a recording into the catalog's tables, and a CSV file, and answers", async () => {
  // as the server keeps it: each part of it is compressed by itself
  const members = [RECORDING.slice(0, 100), RECORDING.slice(100)].map((part) => gzipSync(part));
  await openFile("Open a recording", { name: "run.ndjson.gz", content: Buffer.concat(members) });
  await page.getByText("6 records went into 2 tables. 1 records are of streams that nothing describes.").waitFor();
  await ask("select id, balance, created, email, name from customers order by id");
  await page.getByText(/^2 rows,/).waitFor();
  expect(await cells()).toEqual([
    ...["cus_1", "-500", "2026-01-01 00:00:00+00", "null", "Ana\n“the newest”"],
    ...["cus_2", "12345", "2026-01-02 00:00:00+00", "null", "null"],
  ]);

  await openFile("Open a CSV file", { name: "My rates.csv", content: 'code,rate\r\nEUR,1\r\nUSD,"1,08"\r\n' });
  await page.getByText("2 records went into my_rates.").waitFor();
  await ask("select * from my_rates order by code desc");
  await page.getByText("1,08").waitFor();
  expect(await cells()).toEqual(["USD", "1,08", "EUR", "1"]);

  // digits stay as they are, in the grid and when a value is shown as a whole
  await ask("select mood from moods");
  await page.getByText('"n": 12345678901234567890').waitFor();
  await page.getByRole("grid").press("Enter");
  await page.getByRole("dialog").getByText('"n": 12345678901234567890').waitFor();
  expect(await violationsOf(page)).toEqual([]);
  await page.keyboard.press("Escape");
  expect(browser.problems()).toEqual([]);

  await ask("select * from nowhere");
  await page.getByText('relation "nowhere" does not exist').waitFor();
});

test("a statement that goes on is cancelled, and the tables are as they were before it", async () => {
  await ask("delete from my_rates where code = 'EUR' returning rate");
  await page.getByText(/^1 row,/).waitFor();
  await ask("select count(*) from generate_series(1, 1e12)");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("The statement was cancelled").waitFor();
  await ask("select code, balance from my_rates, customers order by balance");
  await page.getByText(/^2 rows,/).waitFor();
  expect(await cells()).toEqual(["USD", "-500", "USD", "12345"]);
});

test("a result is drawn as a chart, saved as CSV, and gone through by keyboard without leaving rows out", async () => {
  await ask("select n, date '2026-01-01' + n as day, n * n as square from generate_series(1, 20000) as n");
  await page.getByText(/^20,000 rows,/).waitFor();
  expect(await page.getByRole("row").count()).toBeLessThan(60);
  const grid = page.getByRole("grid");
  await grid.press("Control+End");
  await page.getByRole("gridcell", { name: "400000000" }).waitFor();
  await grid.press("Home");
  expect(await page.locator('[role="gridcell"][aria-selected="true"]').innerText()).toBe("20000");

  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "CSV", exact: true }).click(),
  ]);
  const csv = Buffer.concat(await (await saved.createReadStream()).toArray()).toString();
  expect(csv.split("\r\n")).toHaveLength(20_002);
  expect(csv).toMatch(/^n,day,square\r\n1,2026-01-02,1\r\n/);

  await page.getByRole("button", { name: "Chart" }).click();
  await page.getByRole("img", { name: "Chart of n, 20000 points" }).waitFor();
  await page.getByLabel("Height").selectOption("square");
  await page.getByRole("img", { name: "Chart of square, 20000 points" }).waitFor();
  expect(await violationsOf(page)).toEqual([]);
});

test("a table is found by a column's name and shown with a click, on a narrow screen, too", async () => {
  await page.setViewportSize({ width: 360, height: 780 });
  await page.getByLabel("Find a table or a column").fill("tax_ids");
  await page.getByText("tax_ids", { exact: true }).first().click();
  await page.getByRole("button", { name: "Show its rows" }).click();
  await page.getByText(/^0 rows,/).waitFor();
  expect(await overflows(page)).toBe(false);
  expect(await violationsOf(page)).toEqual([]);
});

test("a browser logs in with a token by keyboard alone, stays so when it loads again, and logs out", async () => {
  const before = browser.problems().length;
  const page = await browser.open("/", { isLoggedIn: false });
  await page.getByLabel("Token").waitFor();
  expect(await violationsOf(page)).toEqual([]);
  await page.keyboard.type("sluice_wrong");
  // whoever looks for the token in another window comes back to the same field
  await page.getByLabel("Token").evaluate((field) => {
    field.dataset["mark"] = "same";
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.keyboard.press("Enter");
  await page.getByText("not a token of this server").waitFor();
  expect(await page.getByLabel("Token").getAttribute("data-mark")).toBe("same");
  await page.getByLabel("Token").fill("");
  await page.keyboard.type(stack.token);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Pipelines", level: 1 }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Pipelines", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByLabel("Token").waitFor();
  // the explorer needs no login, but the recording of a run does
  await page.goto("/explorer?recording=run_1");
  await page.getByLabel("Token").waitFor();
  expect(browser.problems().slice(before)).toEqual([]);
});

test("a page whose token is revoked says so, fits a narrow screen, and goes on where it was with another token", async () => {
  const body = { name: "short", role: "admin" } as const;
  const { data: made } = await stack.api.POST("/v1/tokens", { body });
  const page = await browser.open("/settings/workers", { isLoggedIn: false, width: 360 });
  const logIn = async (text: string) => {
    await page.getByLabel("Token").fill(text);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
  };
  await page.getByLabel("Token").waitFor();
  expect(await page.getByText("This session has ended").count()).toBe(0);
  await logIn(made?.text ?? "");
  await stack.api.DELETE("/v1/tokens/{id}", { params: { path: { id: made?.token.id ?? "" } } });
  await page.getByText("This session has ended").waitFor();
  expect(await overflows(page)).toBe(false);
  expect(await violationsOf(page)).toEqual([]);
  await logIn(stack.token);
});
