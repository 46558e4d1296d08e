import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConnectorProcess } from "@sluice/runner";
import { expect, onTestFinished, test } from "vitest";
import { callVerb } from "./verb-call.ts";

const SPEC = {
  protocol_version: 1,
  connector: { name: "source-own", version: "1", kind: "source" },
  config: { properties: { token: { type: "string", secret: true } } },
  capabilities: {},
};

/** A source whose verbs do what the script says. */
async function newSource(script: string) {
  const folder = await mkdtemp(join(tmpdir(), "sluice-verb-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "program");
  const spec = JSON.stringify({ type: "spec", spec: SPEC });
  await writeFile(path, `#!/bin/sh\ncase "$*" in *spec*) echo '${spec}'; exit 0 ;; esac\n${script}\n`);
  await chmod(path, 0o755);
  return { folder, side: new ConnectorProcess({ command: [path], name: "source-own", config: { token: "sesame" } }) };
}

const never = new AbortController().signal;

test("a new configuration is kept, and what was done is told without secrets", async () => {
  const control = JSON.stringify({ type: "control", control: { config: { token: "renewed" } } });
  const log = JSON.stringify({ type: "log", log: { level: "info", message: "Made it with sesame." } });
  const { side } = await newSource(`echo '${control}'; echo '${log}'; echo 'CREATE sesame;'`);
  await side.spec();
  const kept: unknown[] = [];
  const done = await callVerb(side, {
    verb: ["setup"],
    signal: never,
    onControl: async (config) => void kept.push(config),
  });
  expect(kept).toEqual([{ token: "renewed" }]);
  expect(done).toEqual(["Made it with ***.", "CREATE ***;"]);
});

test("what cannot be kept ends the call, and the program with it", async () => {
  const control = JSON.stringify({ type: "control", control: { config: { token: "renewed" } } });
  const { side, folder } = await newSource(`echo '${control}'; sleep 30; touch "$(dirname "$0")/after"`);
  const onControl = async () => {
    throw new Error("the database is away");
  };
  await expect(callVerb(side, { verb: ["setup"], signal: never, onControl })).rejects.toThrow("database is away");
  await expect(readFile(join(folder, "after"))).rejects.toThrow("ENOENT");
});

test("a verb that is not there is no failure, and one that fails is", async () => {
  const call = async (script: string) => {
    const { side } = await newSource(script);
    return callVerb(side, { verb: ["setup"], signal: never, onControl: async () => {} });
  };
  expect(await call("exit 2")).toBe(undefined);
  await expect(call("echo 'source-own: error: no such endpoint' >&2; exit 10")).rejects.toMatchObject({
    code: "config",
  });
  const error = JSON.stringify({ type: "error", error: { failure_type: "auth", message: "sesame is refused" } });
  await expect(call(`echo '${error}'; exit 11`)).rejects.toMatchObject({ code: "auth", message: "*** is refused" });
});
