import { afterAll, beforeAll, expect, test } from "vitest";
import { overflows, violationsOf } from "./fixtures/accessibility.ts";
import { launchBrowser, type PageBrowser } from "./fixtures/browser.ts";
import { newStripePipeline, runToEnd } from "./fixtures/pipelines.ts";
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

test("while the server is away a page keeps what it shows and says so, and goes on by itself when it is back", async () => {
  const { id } = await newStripePipeline(stack, { name: "Kept" });
  const run = await runToEnd(stack, id);
  const list = await browser.open("/pipelines");
  await list.getByRole("table").getByText("Healthy").waitFor();
  const settings = await browser.open(`/pipelines/${id}/settings`);
  await settings.getByLabel("Retries").fill("7");
  const watched = await browser.open(`/runs/${run.id}`);
  await watched.getByText("250 records were stored").waitFor();

  const restart = await stack.stopServer();
  for (const page of [list, settings, watched]) await page.getByText("The server does not answer.").waitFor();
  expect(await violationsOf(list)).toEqual([]);
  await list.getByRole("table").getByText("Healthy").waitFor();
  await watched.getByText("250 records were stored").waitFor();
  await settings.getByRole("button", { name: "See what changes" }).click();
  await settings.getByRole("button", { name: "Save" }).click();
  await settings.getByRole("dialog").getByText("The server cannot be reached").waitFor();

  await restart();
  for (const page of [list, settings, watched])
    await page.getByText("The server does not answer.").waitFor({ state: "detached" });
  await settings.getByRole("button", { name: "Save" }).click();
  await settings.getByRole("dialog").waitFor({ state: "detached" });
  const { data: saved } = await stack.api.GET("/v1/pipelines/{id}", { params: { path: { id } } });
  expect(saved?.settings).toMatchObject({ retries: 7 });
  await stack.api.PATCH("/v1/pipelines/{id}", { params: { path: { id } }, body: { name: "Renamed" } });
  await list.getByRole("link", { name: "Renamed" }).waitFor();
  expect(browser.problems()).toEqual([]);
});
