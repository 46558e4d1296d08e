import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { overflows, violationsOf } from "./fixtures/accessibility.ts";
import { launchBrowser, type PageBrowser } from "./fixtures/browser.ts";
import { submitTwice } from "./fixtures/forms.ts";
import { newStripePipeline, runToEnd, stripeConfig, type MadePipeline } from "./fixtures/pipelines.ts";
import { startStack, type Stack } from "./fixtures/stack.ts";

let stack: Stack;
let browser: PageBrowser;
let page: Page;
let pipeline: MadePipeline;

beforeAll(async () => {
  stack = await startStack({ objects: { customers: 20, products: 5 } });
  browser = await launchBrowser(stack);
  page = await browser.open("/pipelines");
  pipeline = await newStripePipeline(stack, { name: "Repaired", streams: ["customers", "products"] });
  await runToEnd(stack, pipeline.id);
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await stack[Symbol.asyncDispose]();
});

test("a state is edited after what changes was shown, a stream is read anew, and the audit log tells of both", async () => {
  await page.goto(`/pipelines/${pipeline.id}/states?stream=customers`);
  const shown = page.getByRole("region", { name: "State of customers" });
  await shown.waitFor();
  expect(await violationsOf(page)).toEqual([]);
  await page.getByRole("button", { name: "Edit" }).click();
  const before = await page.getByLabel("Message").inputValue();
  const review = page.getByRole("button", { name: "See what changes" });
  await page.getByLabel("Message").fill(before.slice(0, -1));
  expect(await review.isDisabled()).toBe(true);
  await page.getByLabel("Message").fill(before.replace('"data": {', '"data": {\n  "mark": 90071992547409931,'));
  await review.click();
  const changes = page.getByRole("region", { name: "What changes" });
  expect(await changes.innerText()).toContain("90071992547409931");
  expect(await violationsOf(page)).toEqual([]);
  const hasMovedOn = page.getByText("The states have moved on since they were shown");
  await moveOn(pipeline.id, "first");
  await page.getByRole("button", { name: "Replace the state" }).click();
  await hasMovedOn.waitFor();
  await page.getByRole("button", { name: "Compare with those of now" }).click();
  await changes.getByText("first").waitFor();
  await page.getByRole("button", { name: "Replace the state" }).click();
  await shown.getByText("90071992547409931").waitFor();
  // the other stream is where it was moved to, not where it was when this one was opened
  expect(await stateOf(pipeline.id, "products")).toContain('"first"');
  await page.getByRole("button", { name: "Read it anew" }).click();
  await moveOn(pipeline.id, "second");
  await page.getByRole("button", { name: "Forget the state" }).click();
  await hasMovedOn.waitFor();
  await page.getByRole("button", { name: "Show those of now" }).click();
  await shown.getByText("second").waitFor();
  await page.getByRole("button", { name: "Read it anew" }).click();
  await page.getByRole("button", { name: "Forget the state" }).click();
  await page.getByRole("button", { name: "customers" }).waitFor({ state: "detached" });
  await page.goto("/settings/audit");
  await page.getByText("State forgotten").waitFor();
  await page.getByText("State replaced").waitFor();
});

test("settings are saved after what changes was shown; who was overtaken is told, and loses nothing", async () => {
  await page.goto(`/pipelines/${pipeline.id}/settings`);
  await page.getByLabel("Name", { exact: true }).fill("Renamed");
  await page.getByLabel("Retries").fill("7");
  const params = { path: { id: pipeline.id } };
  await stack.api.PATCH("/v1/pipelines/{id}", { params, body: { settings: { streams: ["customers"], strict: true } } });
  await page.getByRole("button", { name: "See what changes" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Somebody else changed this pipeline").waitFor();
  expect((await stack.api.GET("/v1/pipelines/{id}", { params })).data?.name).toBe("Repaired");
  await page.getByRole("button", { name: "Compare with theirs" }).click();
  await page.getByRole("region", { name: "What changes" }).getByText('"strict": true').waitFor();
  expect(await violationsOf(page)).toEqual([]);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "Renamed" }).waitFor();
  const { data: saved } = await stack.api.GET("/v1/pipelines/{id}", { params });
  expect(saved).toMatchObject({ name: "Renamed", settings: { strict: true, retries: 7, streams: ["customers"] } });
});

test("a schedule tells its next five instants in words before it is saved, and a token is shown once", async () => {
  await page.goto(`/pipelines/${pipeline.id}/settings`);
  await page.getByRole("button", { name: "Add a schedule" }).click();
  await page.getByLabel("Runs", { exact: true }).selectOption("workdays");
  expect(await page.getByRole("dialog").locator("ol time").count()).toBe(5);
  expect(await violationsOf(page)).toEqual([]);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Every workday at 06:00").waitFor();
  // an interval counts from when the schedule was made, whenever one looks
  const params = { path: { id: pipeline.id } };
  await stack.api.POST("/v1/pipelines/{id}/schedules", { params, body: { every_s: 3600 } });
  await page.reload();
  const hourly = page.getByRole("listitem").filter({ hasText: "Every hour. The next five runs:" });
  await hourly.waitFor();
  const shown = await hourly.locator("time").evaluateAll((times) => times.map((each) => each.getAttribute("datetime")));
  const { data: stored } = await stack.api.GET("/v1/pipelines/{id}/schedules", { params });
  expect(shown).toEqual(stored?.items.find((each) => each.every_s === 3600)?.next_runs);
  await page.getByRole("button", { name: "Delete “Every hour”" }).click();
  await page.getByRole("dialog").getByText("it begins no run any more").waitFor();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await hourly.waitFor({ state: "detached" });
  await page.goto("/settings/tokens");
  await page.getByRole("button", { name: "New token" }).click();
  await page.getByLabel("Name").fill("dashboard");
  await page.getByRole("button", { name: "Make the token" }).evaluate(submitTwice);
  const text = await page.getByText(/^sluice_/).innerText();
  expect(await violationsOf(page)).toEqual([]);
  // as where the page came by plain HTTP from another machine
  await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  await page.getByRole("button", { name: "I have kept it" }).click();
  await page.getByRole("button", { name: "New token" }).click();
  await page.getByLabel("Name").press("Control+v");
  expect(await page.getByLabel("Name").inputValue()).toBe(text);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Revoke dashboard" }).waitFor();
  expect(await page.content()).not.toContain(text);
});

test("a viewer and an operator are offered what they may do, and told who may do the rest", async () => {
  const tokenOf = async (role: "viewer" | "operator") => {
    const { data } = await stack.api.POST("/v1/tokens", { body: { name: role, role } });
    return data?.text ?? "";
  };
  const viewer = await browser.open(`/pipelines/${pipeline.id}`, { token: await tokenOf("viewer") });
  const partsOf = (of: Page) => of.getByRole("navigation", { name: "Parts of the pipeline" }).getByRole("link");
  await viewer.getByRole("heading", { level: 1 }).waitFor();
  expect(await partsOf(viewer).allInnerTexts()).toEqual(["Overview", "Runs", "States", "Settings"]);
  expect(await viewer.getByRole("button", { name: "Run now" }).count()).toBe(0);
  await viewer.getByRole("link", { name: "Settings" }).last().click();
  await viewer.getByText("An admin may change this.").first().waitFor();
  await viewer.goto("/connections");
  await viewer.getByRole("heading", { name: "Sources" }).waitFor();
  expect(await viewer.getByRole("link", { name: "New pipeline" }).count()).toBe(0);

  const operator = await browser.open(`/pipelines/${pipeline.id}/streams`, { token: await tokenOf("operator") });
  await operator.getByText("Each becomes a table. An admin may change this.").waitFor();
  expect(await partsOf(operator).allInnerTexts()).toContain("Data");
  const boxes = operator.getByRole("group", { name: "Streams" }).getByRole("checkbox");
  await boxes.first().waitFor();
  expect(await boxes.evaluateAll((all) => all.every((box) => box.matches(":disabled")))).toBe(true);
  await operator.goto(`/connections/${pipeline.sourceId}`);
  expect(await operator.getByRole("button", { name: "Save and check" }).isDisabled()).toBe(true);
  await operator.getByRole("button", { name: "Check it" }).click();
  await operator.getByText("It works", { exact: true }).waitFor();
  await Promise.all([viewer.context().close(), operator.context().close()]);
});

test("what is in a connection's form is tried before it is saved, and a stored secret is removed", async () => {
  for (const [path, title] of [
    ["/connections/conn_none", "Connection"],
    ["/runs/run_none", "Run"],
  ] as const) {
    await page.goto(path);
    await page.getByRole("heading", { level: 1, name: title, exact: true }).waitFor();
    expect(await page.title()).toBe(`${title} · Sluice`);
  }
  await page.goto(`/connections/${pipeline.sourceId}`);
  const params = { path: { id: pipeline.sourceId } };
  const check = page.getByRole("button", { name: "Check it" });
  await page.getByLabel("API key").fill("sk_test_nobodys1");
  await check.click();
  await page.getByText("It does not work like this").waitFor();
  await page.getByLabel("API key").fill("");
  await page.getByText("It does not work like this").waitFor({ state: "detached" });
  await check.click();
  await page.getByText("It works", { exact: true }).waitFor();
  expect((await stack.api.GET("/v1/connections/{id}", { params })).data?.version).toBe(1);
  await page.getByLabel("Remove what is stored").first().check();
  await check.click();
  await page.getByText("This is needed.").waitFor();
  expect(await violationsOf(page)).toEqual([]);

  const { data: made } = await stack.api.POST("/v1/connections", {
    body: {
      name: "By string or by host",
      connector: "destination-postgres",
      config: { connection_string: "postgres://nobody@127.0.0.1:9/none", schema: "stripe" },
    },
  });
  const { hostname, port, username, password, pathname } = new URL(stack.destinationUrl);
  await page.goto(`/connections/${made?.id}`);
  await page.getByLabel("Remove what is stored").first().check();
  await page.getByText("More settings").click();
  await page.getByLabel(/^Host/).fill(hostname);
  await page.getByLabel(/^Port/).fill(port);
  await page.getByLabel(/^User/).fill(username);
  await page.getByLabel(/^Password/).fill(password);
  await page.getByLabel(/^Database/).fill(pathname.slice(1));
  await page.getByRole("button", { name: "Save and check" }).click();
  await page.getByText("It works", { exact: true }).waitFor();
  const { data: saved } = await stack.api.GET("/v1/connections/{id}", { params: { path: { id: made?.id ?? "" } } });
  expect(saved?.secrets_set).not.toContain("connection_string");
});

test("a pipeline is cloned, and taken along as a sluice.yaml without its secrets", async () => {
  await page.goto(`/pipelines/${pipeline.id}/settings`);
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export" }).click(),
  ]);
  expect(saved.suggestedFilename()).toBe("sluice.yaml");
  const yaml = Buffer.concat(await (await saved.createReadStream()).toArray()).toString();
  expect(yaml).toContain("source-stripe");
  for (const secret of [stack.emulator.apiKey, new URL(stack.destinationUrl).password].filter((each) => each !== ""))
    expect(yaml).not.toContain(secret);
  await page.getByRole("button", { name: "Clone…" }).click();
  expect(await violationsOf(page)).toEqual([]);
  await page.getByRole("dialog").getByLabel("Name").fill("A second one");
  await page.getByRole("dialog").getByRole("button", { name: "Clone" }).click();
  await page.getByRole("heading", { name: "A second one", level: 1 }).waitFor();
  const id = /pipelines\/([^/]+)\/settings/.exec(page.url())?.[1] ?? "";
  const { data: cloned } = await stack.api.GET("/v1/pipelines/{id}", { params: { path: { id } } });
  expect(cloned).toMatchObject({ source_id: pipeline.sourceId, settings: { strict: true } });
  // what is typed for the one is not kept for the other
  await page.getByLabel("Name", { exact: true }).fill("Of the second one");
  await page.goBack();
  await page.getByRole("heading", { name: "Renamed", level: 1 }).waitFor();
  expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe("Renamed");
});

test("somebody is told of a failure by a notification that was made and tried by clicking", async () => {
  const told: Record<string, unknown>[] = [];
  const receiver = createServer((request, response) => {
    void json(request).then((notice) => told.push(notice as Record<string, unknown>));
    response.end();
  });
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void receiver.close());
  const { port } = receiver.address() as AddressInfo;
  await page.goto("/settings/notifications");
  await page.getByRole("button", { name: "New notification" }).click();
  await page.getByLabel("Name").fill("On call");
  await page.getByLabel("By").selectOption("webhook");
  await page.getByLabel("URL").fill(`http://127.0.0.1:${port}/secret-path`);
  expect(await violationsOf(page)).toEqual([]);
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("button", { name: "Try On call" }).click();
  await page.getByText("The notice was taken").waitFor();
  expect(told).toMatchObject([{ event: "test" }]);
  expect(await page.content()).not.toContain("secret-path");

  const broken = await newStripePipeline(stack, { name: "Broken", streams: ["products"] });
  await stack.api.PATCH("/v1/connections/{id}", {
    params: { path: { id: broken.sourceId } },
    body: { config: { ...stripeConfig(stack.emulator), api_key: "sk_test_ended" } },
  });
  const run = await runToEnd(stack, broken.id);
  await expect.poll(() => told.at(-1)).toMatchObject({ event: "failure", run: { id: run.id, status: "failed" } });
  await page.getByRole("button", { name: "Delete On call" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("Nobody is told of anything yet.").waitFor();
});

test("a pipeline is deleted only once its name was typed", async () => {
  const { id, sourceId } = await newStripePipeline(stack, { name: "Gone", streams: ["products"] });
  await page.goto(`/pipelines/${id}/settings`);
  await page.getByRole("button", { name: "Delete…" }).click();
  const remove = page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true });
  expect(await remove.isDisabled()).toBe(true);
  expect(await violationsOf(page)).toEqual([]);
  await page.getByLabel("Type “Gone”").fill("Gone");
  await remove.click();
  await page.getByRole("heading", { name: "Pipelines", level: 1 }).waitFor();
  expect((await stack.api.GET("/v1/pipelines/{id}", { params: { path: { id } } })).response.status).toBe(404);

  // what is left of it can be deleted as well, also when this server has its connector no more
  const gone = `UPDATE sluice.connections SET connector = 'source-gone' WHERE id = '${sourceId}'`;
  await stack.query(gone, stack.databaseUrl);
  await page.goto(`/pipelines/new?step=review&source=${pipeline.sourceId}&destination=${sourceId}`);
  await page.getByText("This server has no source-gone").waitFor();
  await page.goto(`/connections/${sourceId}`);
  await page.getByText("This server has no source-gone").waitFor();
  await page.getByRole("button", { name: "Delete the connection…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("heading", { name: "Connections", level: 1 }).waitFor();
  await page.goto(`/pipelines/new?step=review&source=${pipeline.sourceId}&destination=${sourceId}`);
  await page.getByText("It may have been deleted").waitFor();
});

test("every page of these keeps to WCAG in both themes, and fits a narrow screen", async () => {
  const { id, sourceId } = pipeline;
  const parts = ["runs", "streams", "states", "settings"].map((part) => `/pipelines/${id}/${part}`);
  const others = ["/connections", `/connections/${sourceId}`, "/settings/workers", "/settings/notifications"];
  await page.setViewportSize({ width: 360, height: 780 });
  for (const path of [...parts, ...others, "/settings/tokens", "/settings/audit"]) {
    await page.goto(path);
    expect({ path, found: await violationsOf(page), isTooWide: await overflows(page) }).toEqual({
      path,
      found: [],
      isTooWide: false,
    });
  }
  expect(browser.problems()).toEqual([]);
});

/** Moves all states of a pipeline on, as a run does when it commits, with a mark in each. */
async function moveOn(id: string, mark: string): Promise<void> {
  await stack.query(`
    UPDATE _sluice.checkpoints SET seq = seq + 1, data = ('{"mark":"${mark}",' || substr(data::text, 2))::json
     WHERE pipeline_id = '${id}'`);
}

/** Resolves to the data of a stream's state, as text. */
async function stateOf(id: string, stream: string): Promise<unknown> {
  const where = `pipeline_id = '${id}' AND stream = '${stream}'`;
  const rows = await stack.query(`SELECT data::text FROM _sluice.checkpoints WHERE ${where}`);
  return rows[0]?.["data"];
}
