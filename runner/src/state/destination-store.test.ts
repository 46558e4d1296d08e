import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { AskOptions } from "../side/answer-deadline.ts";
import { ConnectorProcess } from "../side/connector-process.ts";
import { isAlive } from "../side/living-process.ts";
import { DestinationStore } from "./destination-store.ts";

/** Makes the store of a destination that answers `spec`, and does as told when it is asked for checkpoints. */
async function storeOf(deed: string, options: AskOptions = {}): Promise<DestinationStore> {
  const folder = await mkdtemp(join(tmpdir(), "destination-store-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "destination-own");
  const connector = { name: "destination-own", version: "1", kind: "destination" };
  const spec = JSON.stringify({ type: "spec", spec: { protocol_version: 1, connector, config: {}, capabilities: {} } });
  await writeFile(path, `#!/bin/sh\ncase "$1" in spec) echo '${spec}' ;; *) ${deed} ;; esac\n`);
  await chmod(path, 0o755);
  return new DestinationStore(new ConnectorProcess({ command: [path], config: {} }), options);
}

test("a destination that is killed while it is asked for states may be asked again; one that refuses says why", async () => {
  const killed = await storeOf("kill -KILL $$");
  await expect(killed.get("pets")).rejects.toMatchObject({
    code: "transient",
    message: expect.stringContaining("was killed by SIGKILL"),
  });
  const refusing = await storeOf("echo 'destination-own: error: no such database' >&2; exit 10");
  await expect(refusing.get("pets")).rejects.toMatchObject({
    code: "config",
    message: expect.stringContaining("no such database"),
  });
  const simple = await storeOf("echo \"error: unknown command 'history'\" >&2; exit 2");
  await expect(simple.history("pets")).rejects.toMatchObject({ code: "config" });
});

test("one that does not answer is ended, with all that it started, when nobody waits for it any more", async () => {
  const folder = await mkdtemp(join(tmpdir(), "destination-store-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const gone = new AbortController();
  const store = await storeOf(`echo $$ > '${folder}/pid'; sleep 300; exit 0`, { signal: gone.signal });
  const asked = Promise.allSettled([store.history("pets")]);
  const pid = async () => Number(await readFile(join(folder, "pid"), "utf8").catch(() => ""));
  await expect.poll(pid).toBeGreaterThan(0);
  gone.abort();
  const message = expect.stringContaining("checkpoint history of destination-own was stopped");
  expect(await asked).toMatchObject([{ status: "rejected", reason: { code: "transient", message } }]);
  const ended = await pid();
  await expect.poll(() => isAlive(ended)).toBe(false);
});
