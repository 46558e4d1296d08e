import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { configFields, environmentName, flagName } from "./config-fields.ts";
import { ConfigError, loadConfig, type ConfigSources } from "./config.ts";
import { maskSecrets } from "./secrets.ts";

const Config = z.strictObject({
  url: z.string().describe("Where it is."),
  retries: z.int().default(3),
  dry: z.boolean().default(false),
  tags: z.array(z.string()).default([]),
  tls: z
    .strictObject({ mode: z.enum(["off", "on"]).default("on"), key: z.string().meta({ secret: true }).optional() })
    .prefault({}),
  token: z.string().meta({ secret: true }).nullable().default(null),
});

async function configFile(content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "config-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "config.json");
  await writeFile(file, content);
  return file;
}

function load(sources: Partial<ConfigSources>): Promise<z.infer<typeof Config>> {
  return loadConfig(Config, { connector: "source-test", flags: new Map(), env: {}, ...sources });
}

async function problemsOf(sources: Partial<ConfigSources>): Promise<string[]> {
  const error: unknown = await load(sources).catch((caught: unknown) => caught);
  if (!(error instanceof ConfigError)) throw new Error("It was accepted.", { cause: error });
  return error.fields.map(({ message }) => message);
}

test("a flag wins over the environment, and the environment over the file, field by field", async () => {
  const file = await configFile('{"url":"file","retries":1,"dry":true,"tls":{"mode":"off","key":"file-key"}}');
  const env = { SOURCE_TEST_URL: "env", SOURCE_TEST_RETRIES: "2", SOURCE_TEST_TLS_KEY: "env-key" };
  const flags = new Map([["--url", "flag"]]);
  expect(await load({ file, env, flags })).toEqual({
    url: "flag",
    retries: 2,
    dry: true,
    tags: [],
    tls: { mode: "off", key: "env-key" },
    token: null,
  });
});

test("an empty variable is as good as none", async () => {
  const file = await configFile('{"url":"file"}');
  expect(await load({ file, env: { SOURCE_TEST_URL: "" } })).toMatchObject({ url: "file" });
});

test("text from the environment becomes what the field wants", async () => {
  const env = {
    SOURCE_TEST_URL: "12",
    SOURCE_TEST_RETRIES: "7",
    SOURCE_TEST_DRY: "true",
    SOURCE_TEST_TAGS: '["a","b"]',
  };
  expect(await load({ env })).toMatchObject({ url: "12", retries: 7, dry: true, tags: ["a", "b"] });
});

test("text that does not fit names the field and its variable", async () => {
  const env = { SOURCE_TEST_URL: "x", SOURCE_TEST_RETRIES: "many", SOURCE_TEST_DRY: "yes", SOURCE_TEST_TAGS: "a,b" };
  const problems = await problemsOf({ env });
  expect(problems).toHaveLength(3);
  expect(problems[0]).toMatch(/^retries is not right .*SOURCE_TEST_RETRIES/);
  expect(problems[1]).toMatch(/^dry is not right .*SOURCE_TEST_DRY/);
  expect(problems[2]).toMatch(/^tags is not right .*SOURCE_TEST_TAGS/);
});

test("a missing field is named with its description and the ways to set it", async () => {
  expect(await problemsOf({})).toEqual([
    'url is missing (Where it is): set SOURCE_TEST_URL, or "url" in the file of --config.',
  ]);
});

test("of a missing group the variables of its fields are named", async () => {
  const Grouped = z.object({ auth: z.object({ user: z.string(), password: z.string() }) });
  const sources = { connector: "source-test", flags: new Map<string, string>(), env: {} };
  await expect(loadConfig(Grouped, sources)).rejects.toThrow("set SOURCE_TEST_AUTH_USER, SOURCE_TEST_AUTH_PASSWORD,");
});

test("an unknown field is named, not passed over", async () => {
  const file = await configFile('{"url":"x","urll":"y","tls":{"mod":"on"}}');
  const problems = await problemsOf({ file });
  expect(problems).toContain("urll is not a field of source-test's configuration; remove it or correct its name.");
  expect(problems).toContain("tls.mod is not a field of source-test's configuration; remove it or correct its name.");
});

test("a secret has no flag, also inside a union, and is masked from then on", async () => {
  expect(
    configFields(Config)
      .filter(({ secret }) => secret)
      .map(({ path }) => path.join(".")),
  ).toEqual(["tls.key", "token"]);
  const env = { SOURCE_TEST_URL: "x", SOURCE_TEST_TOKEN: "token-from-the-environment" };
  const flags = new Map([["--token", "token-from-a-flag"]]);
  expect(await load({ env, flags })).toMatchObject({ token: "token-from-the-environment" });
  expect(maskSecrets("401 for token-from-the-environment")).toBe("401 for ***");
});

test("a secret is masked even if the configuration does not hold", async () => {
  await problemsOf({ env: { SOURCE_TEST_TLS_KEY: "key-of-a-bad-configuration" } });
  expect(maskSecrets("key-of-a-bad-configuration")).toBe("***");
});

test("names of variables and flags follow from the path of a field", () => {
  expect(environmentName("source-stripe", ["api_key"])).toBe("SOURCE_STRIPE_API_KEY");
  expect(environmentName("destination-postgres", ["tls", "ca-file"])).toBe("DESTINATION_POSTGRES_TLS_CA_FILE");
  expect(flagName(["tls", "ca_file"])).toBe("--tls-ca-file");
});
