import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { discover } from "./ask-side.ts";
import { ConnectorProcess, type ConnectorProcessOptions } from "./connector-process.ts";

const ENV = {
  PATH: process.env["PATH"],
  DESTINATION_POSTGRES_PASSWORD: "postgres-sesame",
  SOURCE_OWN_TOKEN: "token-sesame",
  SOURCE_OTHER_TOKEN: "other-sesame",
  NAMED: "named-sesame",
};

type Said = { name?: string; kind?: string; config?: object };

/** Writes a program that answers `spec` so, and prints its environment when it is asked for anything else. */
async function program({ name = "source-own", kind = "source", config = {} }: Said): Promise<[string]> {
  const spec = { protocol_version: 1, connector: { name, version: "1", kind }, config, capabilities: {} };
  const line = JSON.stringify({ type: "spec", spec });
  return script(`case "$*" in *spec*) echo '${line}' ;; *) env; env >&2 ;; esac`);
}

async function script(content: string): Promise<[string]> {
  const folder = await mkdtemp(join(tmpdir(), "connector-process-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "program");
  await writeFile(path, `#!/bin/sh\n${content}\n`);
  await chmod(path, 0o755);
  return [path];
}

/** Starts it; resolves to what it was given in its environment, and to what is kept of its stderr. */
async function started(options: Omit<ConnectorProcessOptions, "config">, config = {}) {
  const running = await new ConnectorProcess({ config, env: ENV, ...options }).start({ verb: ["read"] });
  running.stdin.end();
  const stdout = await text(running.stdout);
  await running.ended;
  await running.releaseFiles();
  return { given: Object.keys(ENV).filter((name) => stdout.includes(`${name}=`)), stderr: running.stderrTail() };
}

test("what a program calls itself gives it nobody's variables: a command has those that env names", async () => {
  const command = await program({ name: "destination-postgres" });
  expect((await started({ command })).given).toEqual(["PATH"]);
  expect((await started({ command, passEnv: ["NAMED"] })).given).toEqual(["PATH", "NAMED"]);
});

test("a connector that was chosen by its name has the variables of that name", async () => {
  const command = await program({ name: "source-other" });
  expect((await started({ command, name: "source-own" })).given).toEqual(["PATH", "SOURCE_OWN_TOKEN"]);
  expect((await started({ command, name: "own" })).given).toEqual(["PATH"]);
});

test("one that is killed while it is asked what it is may answer another time; one that answers nonsense will not", async () => {
  const specOf = async (content: string) =>
    new ConnectorProcess({ command: await script(content), config: {}, env: ENV }).spec();
  await expect(specOf("kill -9 $$")).rejects.toMatchObject({
    code: "transient",
    message: expect.stringContaining("was killed by SIGKILL"),
  });
  await expect(specOf("echo nonsense")).rejects.toMatchObject({ code: "config" });
  await expect(specOf("exit 3")).rejects.toMatchObject({ code: "config" });
});

test("a source that stands as the destination is refused", async () => {
  const side = new ConnectorProcess({ command: await program({}), kind: "destination", config: {}, env: ENV });
  await expect(side.spec()).rejects.toMatchObject({ code: "config", message: expect.stringContaining("is a source") });
});

test("secrets of the environment are masked, those in a list as well", async () => {
  const config = {
    $defs: { Secret: { secret: true } },
    properties: { token: { $ref: "#/$defs/Secret" }, keys: { items: { $ref: "#/$defs/Secret" } } },
  };
  const env = { ...ENV, SOURCE_OWN_KEYS: '["first-sesame","second-sesame"]' };
  const { stderr } = await started({ command: await program({ config }), name: "source-own", env });
  expect(stderr).toContain("SOURCE_OWN_TOKEN=***");
  expect(stderr).not.toContain("sesame");
});

test("a connector that is killed while it is asked something has failed in passing", async () => {
  const spec = { protocol_version: 1, connector: { name: "source-own", version: "1", kind: "source" }, config: {} };
  const line = JSON.stringify({ type: "spec", spec: { ...spec, capabilities: {} } });
  const command = await script(`case "$*" in *spec*) echo '${line}' ;; *) echo working >&2; kill -9 $$ ;; esac`);
  const side = new ConnectorProcess({ command, config: {}, env: ENV });
  await expect(discover(side)).rejects.toMatchObject({
    code: "transient",
    message: "source-own was killed by SIGKILL.",
  });
});

test("a program that fails before it has said what is secret tells nothing that it was given", async () => {
  const command = await script('echo "no: $SOURCE_OWN_TOKEN, config-sesame" >&2; exit 1');
  const side = new ConnectorProcess({ command, name: "source-own", config: { any: "config-sesame" }, env: ENV });
  await expect(side.spec()).rejects.toMatchObject({
    message: expect.stringMatching(/exit code 1: no: \*\*\*, \*\*\*/),
  });
});
