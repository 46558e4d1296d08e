import { expect, test } from "vitest";
import { run, start, type Run } from "./fixtures/connector-process.ts";

function source(args: string[], more: { input?: string; env?: Record<string, string> } = {}): Promise<Run> {
  return run("counting-source.ts", { args, ...more });
}

test("spec tells version, kind, capabilities and the configuration's schema with its secrets", async () => {
  const { exitCode, messages } = await source(["spec"]);
  expect(exitCode).toBe(0);
  expect(messages).toMatchObject([
    {
      type: "spec",
      spec: {
        protocol_version: 1,
        connector: { name: "source-fixture", version: "1.2.3", kind: "source" },
        capabilities: { time_range: true },
        config: { additionalProperties: false, properties: { token: { secret: true, default: "no-token-given" } } },
      },
    },
  ]);
  // what has a default is not required
  expect(messages[0]).not.toHaveProperty("spec.config.required");
});

test("--pretty is the same message for people, and without it a message is one line", async () => {
  const pretty = await start("counting-source.ts", ["discover", "--pretty"]);
  const plain = await source(["discover"]);
  expect(pretty.stdout.split("\n").length).toBeGreaterThan(10);
  expect(plain.messages).toEqual([JSON.parse(pretty.stdout)]);
});

test("check answers with exit code 0 also when it failed, without secrets; --exit-code makes it tell", async () => {
  const env = { SOURCE_FIXTURE_TOKEN: "open sesame", SOURCE_FIXTURE_BEHAVIOUR: "auth" };
  const failed = {
    type: "connection_status",
    connection_status: { status: "failed", message: "The token *** is not accepted." },
  };
  expect(await source(["check"], { env })).toMatchObject({ exitCode: 0, messages: [failed] });
  expect(await source(["check", "--exit-code"], { env })).toMatchObject({ exitCode: 11, messages: [failed] });
});

test("check names each field that is not right, without its value", async () => {
  const input = '{"count":"open sesame","behaviour":"open sesame","tokenn":"open sesame"}';
  const { exitCode, messages, lines } = await source(["check", "--config", "-"], { input });
  expect(exitCode).toBe(0);
  const fields = [{ path: "count" }, { path: "behaviour" }, { path: "tokenn" }];
  expect(messages).toMatchObject([{ connection_status: { status: "failed", fields } }]);
  expect(lines.join()).not.toContain("sesame");
});

test("a wrong configuration ends every other verb with 10", async () => {
  const { exitCode, lines, stderr } = await source(["read", "--count", "many"]);
  expect({ exitCode, lines }).toEqual({ exitCode: 10, lines: [] });
  expect(stderr).toContain("count is not right");
});

test.each([
  [[]],
  [["raed"]],
  [["read", "--cuont", "1"]],
  [["read", "--token", "open sesame"]],
  [["read", "--log-level", "loud"]],
  [["read", "surplus"]],
])("the command line %j ends with 2", async (args) => {
  const { exitCode, lines, stderr } = await source(args);
  expect({ exitCode, lines }).toEqual({ exitCode: 2, lines: [] });
  expect(stderr).not.toBe("");
  expect(stderr).not.toContain("sesame");
});

test("help names flags, variables and secrets, and version is the connector's", async () => {
  const { exitCode, stdout } = await help(["read", "--help"]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/--count <value> +Records of each stream. \[env:\s+SOURCE_FIXTURE_COUNT\]/);
  expect(stdout).toContain("SOURCE_FIXTURE_TOKEN (secret, no flag)");
  expect(stdout).not.toContain("--token");
  expect(await help(["--version"])).toEqual({ exitCode: 0, stdout: "1.2.3" });
});

test("the log level decides what stderr shows", async () => {
  const input = '{"count":1}';
  const args = ["read", "--config", "-", "--behaviour", "printing", "--log-level"];
  expect((await source([...args, "info"], { input })).stderr).toContain("stray message");
  expect((await source([...args, "error"], { input })).stderr).toBe("");
});

async function help(args: string[]): Promise<{ exitCode: number | undefined; stdout: string }> {
  const { exitCode, stdout } = await start("counting-source.ts", args);
  return { exitCode, stdout: stdout.trimEnd() };
}
