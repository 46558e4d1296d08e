import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { launchBrowser, WIDTHS, type PageBrowser, type Theme } from "../browser/fixtures/browser.ts";
import { newStripePipeline, runToEnd } from "../browser/fixtures/pipelines.ts";
import { startServices } from "../browser/fixtures/services.ts";
import { askSql } from "../browser/fixtures/sql.ts";
import { startStack, type Stack } from "../browser/fixtures/stack.ts";

// Pictures of the main pages, as they are: node … pictures.ts [FOLDER] [--all] writes those of docs/images, one a page; with
// --all every page at both widths in both themes, to be looked at.
const IMAGES = join(import.meta.dirname, "..", "..", "docs", "images");
const THEMES: readonly Theme[] = ["light", "dark"];
const STATEMENT = `select date_trunc('month', created) as month, count(*) as customers
from stripe.customers
group by month
order by month`;

/** A page to be pictured: where it is, and what is done on it before. */
type Scene = {
  name: string;
  path: string;
  isKept: boolean;
  isLoggedIn?: boolean;
  prepare: (page: Page) => Promise<void>;
};

const isAll = process.argv.includes("--all");
const folder = process.argv.slice(2).find((argument) => !argument.startsWith("--")) ?? IMAGES;
await mkdir(folder, { recursive: true });
await using _services = await startServices();
await using stack = await startStack({ objects: { customers: 2400, invoices: 900, charges: 1200, products: 40 } });
await using browser = await launchBrowser(stack);
for (const scene of await scenesOf(stack))
  for (const theme of isAll ? THEMES : (["light"] as const))
    for (const width of isAll ? WIDTHS : ([1440] as const))
      if (isAll || scene.isKept) await picture(browser, scene, { theme, width });

async function picture(
  { open }: PageBrowser,
  { name, path, isLoggedIn = true, prepare }: Scene,
  { theme, width }: { theme: Theme; width: (typeof WIDTHS)[number] },
): Promise<void> {
  const page = await open(path, { theme, width, isLoggedIn });
  await prepare(page);
  await page.waitForLoadState("networkidle").catch(() => {});
  await page.waitForFunction(() =>
    [...document.querySelectorAll("output")].every(({ textContent }) => !textContent.startsWith("Loading")),
  );
  await page.evaluate(() => scrollTo(0, 0));
  const file = isAll ? `${name}-${width}-${theme}.png` : `${name}.png`;
  await page.screenshot({ path: join(folder, file), fullPage: isAll });
  console.log(file);
  await page.context().close();
}

async function scenesOf(filled: Stack): Promise<Scene[]> {
  const streams = ["customers", "invoices", "charges", "products"];
  const { id, sourceId, destinationId } = await newStripePipeline(filled, { name: "Stripe to Postgres", streams });
  const chosen = `/pipelines/new?source=${sourceId}&destination=${destinationId}`;
  const run = await runToEnd(filled, id);
  const broken = await newStripePipeline(filled, { name: "Stripe, with a key that ended", streams: ["customers"] });
  await filled.api.PATCH("/v1/connections/{id}", {
    params: { path: { id: broken.sourceId } },
    body: { config: { ...(await configOf(filled, broken.sourceId)), api_key: "sk_test_ended" } },
  });
  const failed = await runToEnd(filled, broken.id);
  const heading = (name: string) => (page: Page) => page.getByRole("heading", { name, level: 1 }).waitFor();
  const scene = (name: string, path: string, prepare: Scene["prepare"], isKept = false) => ({
    name,
    path,
    prepare,
    isKept,
  });
  return [
    { ...scene("login", "/", (page) => page.getByLabel("Token").waitFor()), isLoggedIn: false },
    scene("pipelines", "/pipelines", heading("Pipelines"), true),
    scene("wizard", "/pipelines/new", (page) => page.getByRole("heading", { level: 1 }).waitFor(), true),
    scene("pipeline", `/pipelines/${id}`, heading("Stripe to Postgres"), true),
    scene("pipeline-runs", `/pipelines/${id}/runs`, heading("Stripe to Postgres")),
    scene("pipeline-streams", `/pipelines/${id}/streams`, heading("Stripe to Postgres")),
    scene("pipeline-states", `/pipelines/${id}/states`, heading("Stripe to Postgres"), true),
    scene("pipeline-settings", `/pipelines/${id}/settings`, heading("Stripe to Postgres")),
    scene("run", `/runs/${run.id}`, (page) => page.getByRole("heading", { level: 1 }).waitFor(), true),
    scene("failed-run", `/runs/${failed.id}`, (page) => page.getByRole("heading", { level: 1 }).waitFor(), true),
    scene("runs", "/runs", heading("Runs")),
    scene("data", `/pipelines/${id}/data`, chart, true),
    scene("connections", "/connections", heading("Connections")),
    scene("connection", `/connections/${sourceId}`, heading("Stripe to Postgres: source-stripe")),
    scene("wizard-streams", `${chosen}&step=streams`, (page) => page.getByText("108 of 108 selected").waitFor()),
    scene("wizard-review", `${chosen}&step=review`, (page) =>
      page.getByText("CREATE TABLE").first().waitFor({ state: "attached" }),
    ),
    scene("explorer", "/explorer", (page) => page.getByText(/The tables are those of/).waitFor(), true),
    scene("settings-workers", "/settings/workers", heading("Settings")),
    scene("settings-notifications", "/settings/notifications", heading("Settings")),
    scene("settings-tokens", "/settings/tokens", heading("Settings")),
    scene("settings-audit", "/settings/audit", heading("Settings")),
  ];
}

async function chart(page: Page): Promise<void> {
  await askSql(page, STATEMENT);
  await page.getByRole("button", { name: "Chart" }).click();
  await page.getByRole("img", { name: /^Chart of customers/ }).waitFor();
}

async function configOf({ api }: Stack, id: string): Promise<Record<string, unknown>> {
  const { data } = await api.GET("/v1/connections/{id}", { params: { path: { id } } });
  return data?.config ?? {};
}
