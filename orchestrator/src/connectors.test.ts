import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { Connectors } from "./connectors.ts";

const SPEC = {
  protocol_version: 1,
  connector: { name: "source-own", version: "1", kind: "source" },
  config: {},
  capabilities: {},
};

test("a connector that is killed while it is asked is known from before, or may be asked again", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const folder = await mkdtemp(join(tmpdir(), "sluice-connectors-"));
  onTestFinished(async () => {
    vi.useRealTimers();
    await rm(folder, { recursive: true });
  });
  const write = async (name: string, deed: string) => {
    await writeFile(join(folder, name), `#!/bin/sh\n${deed}\n`);
    await chmod(join(folder, name), 0o755);
  };
  const answer = `echo '${JSON.stringify({ type: "spec", spec: SPEC })}'`;
  await write("source-own", "kill -KILL $$");
  await write("source-broken", "exit 1");
  const connectors = new Connectors([folder]);
  await expect(connectors.spec("source-own")).rejects.toMatchObject({ code: "transient" });
  await expect(connectors.spec("source-broken")).rejects.toMatchObject({ code: "config" });
  await write("source-own", answer);
  vi.advanceTimersByTime(5000);
  expect(await connectors.spec("source-own")).toMatchObject(SPEC);
  await write("source-own", "kill -KILL $$");
  vi.advanceTimersByTime(60_000);
  expect(await connectors.spec("source-own")).toMatchObject(SPEC);
  expect(await connectors.list()).toHaveLength(1);
});
