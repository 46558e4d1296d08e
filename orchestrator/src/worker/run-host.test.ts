import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Summary } from "@sluice/runner";
import { expect, onTestFinished, test } from "vitest";
import { newStore } from "../fixtures/store.ts";
import type { RememberAnswer, RememberRequest, RunAssignment, WorkerMessage } from "./assignment.ts";

const HOST = join(import.meta.dirname, "run-host.ts");
const WAIT = { timeout: 40_000, interval: 50 };
const KILL_AFTER_MS = 250;
const SPEC = {
  protocol_version: 1,
  connector: { name: "source-stubborn", version: "1.0.0", kind: "source" },
  config: { type: "object" },
  capabilities: {},
};
const CATALOG = { streams: [{ name: "s", json_schema: { type: "object" } }] };

/** A source that says nothing, and does not end when it is asked to. */
const STUBBORN = `#!/bin/sh
case $1 in
  spec) echo '${JSON.stringify({ type: "spec", spec: SPEC })}' ;;
  discover) echo '${JSON.stringify({ type: "catalog", catalog: CATALOG })}' ;;
  read)
    trap '' TERM INT
    echo $$ > "\${0%/*}/source.pid"
    while :; do sleep 0.2; done
    ;;
esac
`;

/** Starts the process of a run that would take ten minutes to stop in order. */
async function newHost() {
  const { url } = await newStore();
  const folder = await mkdtemp(join(tmpdir(), "sluice-run-host-"));
  const source = join(folder, "stubborn.sh");
  await writeFile(source, STUBBORN);
  await chmod(source, 0o755);
  const host = spawn(process.execPath, ["--conditions=@sluice/source", HOST], { stdio: ["pipe", "pipe", "ignore"] });
  const assignment: RunAssignment = {
    runId: "run_1",
    worker: "w",
    pipelineId: "pipe_1",
    folder,
    database: url,
    memory: {},
    settings: {
      source: { command: [source] },
      destination: { connector: "destination-example", config: { folder: join(folder, "rows") } },
      grace_ms: 600_000,
    },
    options: {},
    isLive: false,
    killAfterMs: KILL_AFTER_MS,
  };
  host.stdin.write(`${JSON.stringify(assignment)}\n`);
  let summary: Summary | undefined;
  createInterface({ input: host.stdout }).on("line", (line) => {
    const message = JSON.parse(line) as { remember?: RememberRequest; summary?: Summary };
    summary ??= message.summary;
    if (message.remember !== undefined)
      host.stdin.write(`${JSON.stringify({ number: message.remember.number } satisfies RememberAnswer)}\n`);
  });
  const ended = once(host, "exit");
  onTestFinished(async () => {
    host.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  const pidFile = join(folder, "source.pid");
  await expect.poll(() => readFile(pidFile, "utf8").catch(() => ""), WAIT).toMatch(/\d\n$/);
  const sourcePid = Number(await readFile(pidFile, "utf8"));
  onTestFinished(() => {
    // it is gone, unless the test failed
    if (lives(sourcePid)) process.kill(sourcePid, "SIGKILL");
  });
  return { host, ended, sourcePid, summary: () => summary };
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("the process of a run lives as long as its worker, and soon after that it has ended with its connectors, willing or not", async () => {
  const { host, ended, sourcePid } = await newHost();
  await sleep(4 * KILL_AFTER_MS);
  expect([host.exitCode, host.signalCode, lives(sourcePid)]).toEqual([null, null, true]);
  // what the system does to the pipes of a worker that is killed
  host.stdin.destroy();
  host.stdout.destroy();
  await ended;
  await expect.poll(() => lives(sourcePid), WAIT).toBe(false);
});

test("a run that does not stop in time is stopped all the same, and its connectors are ended by force", async () => {
  const { host, ended, sourcePid, summary } = await newHost();
  host.stdin.write(`${JSON.stringify({ stop: true } satisfies WorkerMessage)}\n`);
  await ended;
  await expect.poll(summary, WAIT).toMatchObject({ status: "stopped", failure: null });
  await expect.poll(() => lives(sourcePid), WAIT).toBe(false);
});
