import { afterAll, beforeAll, expect, test } from "vitest";
import { overflows, violationsOf } from "./fixtures/accessibility.ts";
import { launchBrowser, type PageBrowser } from "./fixtures/browser.ts";
import { startStack, type Stack } from "./fixtures/stack.ts";

let stack: Stack;
let browser: PageBrowser;

beforeAll(async () => {
  stack = await startStack();
  browser = await launchBrowser(stack);
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await stack[Symbol.asyncDispose]();
});

test("a browser logs in with a token by keyboard alone, stays so when it loads again, and logs out", async () => {
  const page = await browser.open("/", { isLoggedIn: false });
  await page.getByLabel("Token").waitFor();
  expect(await violationsOf(page)).toEqual([]);
  await page.keyboard.type("sluice_wrong");
  await page.keyboard.press("Enter");
  await page.getByText("not a token of this server").waitFor();
  await page.getByLabel("Token").fill("");
  await page.keyboard.type(stack.token);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Pipelines", level: 1 }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Pipelines", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByLabel("Token").waitFor();
  expect(browser.problems()).toEqual([]);
});

test("the login fits a narrow screen", async () => {
  const page = await browser.open("/", { isLoggedIn: false, width: 360 });
  await page.getByLabel("Token").waitFor();
  expect(await overflows(page)).toBe(false);
});
