import type { Bench, Figure } from "@sluice/evidence";
import { Client } from "pg";
import type { Locator, Page } from "playwright-core";
import { launchBrowser, type PageBrowser } from "../browser/fixtures/browser.ts";
import { newPipeline } from "../browser/fixtures/pipelines.ts";
import { startServices } from "../browser/fixtures/services.ts";
import { startStack, type Stack } from "../browser/fixtures/stack.ts";

const RUNS = 10_000;
const LINES = 100_000;
const SCROLL_MS = 4000;
const KILOBYTE = 1000;
/** All of them have to come over the wire first. */
const LOADING_MS = 180_000;

/** What a browser loads first, and how smooth long lists are. */
export const bench: Bench = {
  measures:
    "the page of a running `sluice serve` in Chromium without a graphics card: what goes over the wire until the list of pipelines stands, and the frames per second while 10,000 runs and a log of 100,000 lines are scrolled from end to end for four seconds.",
  async *run({ note }): AsyncIterable<Figure> {
    await using _services = await startServices();
    await using stack = await startStack({});
    await using browser = await launchBrowser(stack);
    yield* firstLoad(browser);
    note(`writing ${RUNS} runs and ${LINES} lines of a log`);
    const runId = await writeHistory(stack);
    yield* runsScrolled(browser, note);
    yield* logScrolled(browser, runId, note);
  },
};

async function* firstLoad(browser: PageBrowser): AsyncIterable<Figure> {
  const page = await browser.open("/sluice.svg");
  // what the server sent so far is not of this load
  const sizes: Promise<number>[] = [];
  page.on("requestfinished", (request) => {
    sizes.push(
      request.sizes().then(({ responseBodySize, responseHeadersSize }) => responseBodySize + responseHeadersSize),
    );
  });
  const startedAtMs = performance.now();
  await page.goto("/pipelines");
  await page.getByRole("heading", { name: "Pipelines", level: 1 }).waitFor();
  const shownMs = performance.now() - startedAtMs;
  await page.waitForLoadState("networkidle");
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  yield { figure: "first load", value: bytes / KILOBYTE, unit: "kB", goal: { atMost: 250 } };
  yield { figure: "until the list stands", value: shownMs, unit: "ms" };
  await page.context().close();
}

async function* runsScrolled(browser: PageBrowser, note: (message: string) => void): AsyncIterable<Figure> {
  const page = await browser.open("/runs");
  const list = page.getByRole("region", { name: "Found runs" });
  await list.waitFor();
  note("loading all runs");
  await toEnd(page, list, page.locator(`li[aria-setsize="${RUNS}"]`));
  yield* frames("10,000 runs", list);
  await page.context().close();
}

async function* logScrolled(
  browser: PageBrowser,
  runId: string,
  note: (message: string) => void,
): AsyncIterable<Figure> {
  const page = await browser.open(`/runs/${runId}`);
  // what scrolls is the box around the list
  const list = page.getByRole("list", { name: "Lines of the log" }).locator("..");
  note("loading the whole log");
  await toEnd(page, list, page.locator(`li[aria-setsize="${LINES}"]`));
  yield* frames("100,000 log lines", list);
  await page.context().close();
}

/** Goes to the end of a list again and again, until it has all that it is to have. */
async function toEnd(page: Page, list: Locator, whole: Locator): Promise<void> {
  const giveUpAtMs = performance.now() + LOADING_MS;
  while ((await whole.count()) === 0) {
    if (performance.now() > giveUpAtMs) throw new Error("The list did not come to its end; see what the page shows.");
    await list.evaluate((box) => {
      box.scrollTop = box.scrollHeight;
    });
    await page.waitForTimeout(100);
  }
}

async function* frames(what: string, list: Locator): AsyncIterable<Figure> {
  const { perSecond, longestMs } = await list.evaluate(scroll, SCROLL_MS);
  yield { figure: `frames while scrolling ${what}`, value: perSecond, unit: "/s", goal: { atLeast: 50 } };
  yield { figure: `longest frame with ${what}`, value: longestMs, unit: "ms" };
}

/** Runs in the page: scrolls from the start to the end within the time, a step a frame. */
function scroll(box: Element, durationMs: number): Promise<{ perSecond: number; longestMs: number }> {
  return new Promise((resolve) => {
    let [count, longestMs] = [0, 0];
    const startedAtMs = performance.now();
    let lastMs = startedAtMs;
    const step = (nowMs: number) => {
      count += 1;
      longestMs = Math.max(longestMs, nowMs - lastMs);
      lastMs = nowMs;
      const part = (nowMs - startedAtMs) / durationMs;
      box.scrollTop = part * (box.scrollHeight - box.clientHeight);
      if (part < 1) requestAnimationFrame(step);
      else resolve({ perSecond: (count * 1000) / (nowMs - startedAtMs), longestMs });
    };
    requestAnimationFrame(step);
  });
}

/** Resolves to the id of a run with a long log, the last one of many, as the server would have kept them. */
async function writeHistory(stack: Stack): Promise<string> {
  const { id } = await newPipeline(stack, {
    name: "Long history",
    source: { connector: "source-example", config: { count: 3 } },
    destination: { connector: "destination-example", config: { folder: "rows" } },
  });
  const client = new Client({ connectionString: stack.databaseUrl, options: "-c search_path=sluice" });
  await client.connect();
  try {
    await client.query(
      `INSERT INTO runs (id, pipeline_id, reason, status, created_at, started_at, ended_at, summary)
       SELECT 'run_' || n, $1, 'manual', 'succeeded', at, at, at + interval '40 s', $3::jsonb
         FROM generate_series(1, $2::integer) AS n, LATERAL (SELECT now() - interval '1 h' * ($2 - n) AS at) AS times`,
      [id, RUNS, JSON.stringify(SUMMARY)],
    );
    await client.query(
      `INSERT INTO run_logs (run_id, number, logged_at, level, side, message)
       SELECT 'run_' || $1, n, now(), (ARRAY['debug', 'info', 'warn'])[1 + n % 3], 'source', 'line ' || n || ' of a long log'
         FROM generate_series(1, $2::integer) AS n`,
      [RUNS, LINES],
    );
  } finally {
    await client.end();
  }
  return `run_${RUNS}`;
}

const SUMMARY = {
  exit_code: 0,
  status: "succeeded",
  streams: {},
  failure: null,
  attempts: 1,
  states_saved: 1,
  duration_ms: 40_000,
  next: "",
};
