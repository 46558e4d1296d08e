import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { SluiceError, type Message, type Stream } from "@sluice/protocol";
import { execa } from "execa";
import { expect, test } from "vitest";
import { inProcessSide, type SideIo } from "../side/in-process-side.ts";
import { memoryDestination, memorySource } from "../side/memory-sides.ts";
import type { Side } from "../side/side.ts";
import { nowhereStore } from "../state/state-store.ts";
import { createRun, type RunOptions } from "./run.ts";

const STREAM: Stream = { name: "pets", json_schema: {} };
const RECORDS = [
  { stream: "pets", data: { id: 1 } },
  { stream: "pets", data: { id: 2 } },
];

/** Starts a run of one stream, from and to sides of this process. */
function run(options: Partial<RunOptions>) {
  return createRun({
    pipelineId: "pets",
    source: memorySource([STREAM], RECORDS),
    destination: memoryDestination().side,
    states: { store: nowhereStore(), isDestination: false },
    plan: async () => ({
      streams: [{ stream: STREAM, sync_mode: "full_refresh", destination_mode: "append" }],
      startOver: new Set(),
    }),
    retries: 0,
    ...options,
  });
}

function sourceOf(main: (io: SideIo) => Promise<number>): Side {
  return inProcessSide({ name: "source", kind: "source", capabilities: { live: true }, main });
}

function destinationOf(main: (io: SideIo) => Promise<number>): Side {
  return inProcessSide({ name: "destination", kind: "destination", main });
}

function line(message: Message): string {
  return `${JSON.stringify(message)}\n`;
}

/** What a store is whose states are this one's business. */
function storeWith(open: Partial<Awaited<ReturnType<ReturnType<typeof nowhereStore>["open"]>>>): RunOptions["states"] {
  const none = { states: [], put: async () => {}, close: async () => {} };
  return { store: { ...nowhereStore(), open: async () => ({ ...none, ...open }) }, isDestination: false };
}

test("a destination that is gone before the source has started stops a source that would go on for ever", async () => {
  const endless = sourceOf(async ({ stdout, signal }) => {
    stdout.write(line({ type: "catalog", catalog: { streams: [STREAM] } }));
    await sleep(600_000, undefined, { signal }).catch(() => {});
    return 0;
  });
  const source = {
    ...endless,
    start: (invocation: Parameters<Side["start"]>[0]) => sleep(50).then(() => endless.start(invocation)),
  };
  const summary = await run({ source, destination: destinationOf(async () => 12) }).done;
  expect(summary).toMatchObject({ exit_code: 12, failure: { side: "destination" } });
});

test("a place for states that does not answer holds up neither the watchdog nor whoever ends the run at once", async () => {
  const states = storeWith({ put: () => new Promise(() => {}) });
  const limits = { idleTimeoutMs: 500 };
  expect((await run({ states, limits }).done).exit_code).toBe(17);
  const [stop, kill] = [new AbortController(), new AbortController()];
  const started = run({ states, signal: stop.signal, killSignal: kill.signal });
  for await (const { type } of started) if (type === "stream_status") break;
  stop.abort("SIGINT");
  kill.abort();
  expect((await started.done).exit_code).toBe(130);
});

test("a lease that cannot be given back takes nothing from how the run ended", async () => {
  const states = storeWith({
    close: async () => {
      throw new SluiceError("transient", "The state database failed.");
    },
  });
  expect(await run({ states }).done).toMatchObject({ exit_code: 0, failure: null });
  const failing = run({ states, destination: destinationOf(async () => 11) });
  expect(await failing.done).toMatchObject({ exit_code: 11, failure: { side: "destination" } });
});

test("a run that a timeout of the platform stops ended by a timeout, not by a signal", async () => {
  const source = sourceOf(({ signal }) => sleep(600_000, 0, { signal }).catch(() => 0));
  expect((await run({ source, signal: AbortSignal.timeout(50) }).done).exit_code).toBe(17);
});

test("a side that asks for more time than a timer has is given that much, and not none", async () => {
  const error = { failure_type: "rate_limit", message: "Come back next month.", retry_after_ms: 2 ** 31 } as const;
  const source = sourceOf(async ({ stdout }) => {
    stdout.write(line({ type: "error", error }));
    return 12;
  });
  const stop = new AbortController();
  const waiting = run({ source, retries: 1, signal: stop.signal });
  for await (const event of waiting) {
    if (event.type !== "retry") continue;
    expect(event.delayMs).toBe(2 ** 31 - 1);
    await sleep(20);
    stop.abort();
  }
  expect((await waiting.done).attempts).toBe(1);
});

/** A source that sends a record and then a state with the data of this attempt, and fails as if it could go on later. */
function failingSource(dataOf: (attempt: number) => unknown): Side {
  let attempt = 0;
  return sourceOf(async ({ stdout }) => {
    attempt += 1;
    const messages: Message[] = [
      { type: "catalog", catalog: { streams: [STREAM] } },
      { type: "record", record: { stream: "pets", data: { id: 1 } } },
      { type: "state", state: { seq: 1, scope: "stream", stream: "pets", data: dataOf(attempt) } },
      { type: "error", error: { failure_type: "transient", message: "It is away." } },
    ];
    stdout.write(messages.map(line).join(""));
    return 12;
  });
}

test("whoever sends the same again with each attempt has not come further, and whoever does may go on", async () => {
  const again = run({ source: failingSource((attempt) => ({ page: attempt % 2 })), retries: 1 });
  expect(await again.done).toMatchObject({ exit_code: 12, attempts: 3 });
  const slow = run({ source: failingSource((attempt) => ({ page: Math.min(attempt, 2) })), retries: 1 });
  expect(await slow.done).toMatchObject({ exit_code: 12, attempts: 3 });
});

test("a live run may be quiet, but not while its destination owes an answer", async () => {
  const source = sourceOf(async ({ stdout, signal }) => {
    stdout.write(line({ type: "catalog", catalog: { streams: [STREAM] } }));
    await sleep(1500, undefined, { signal }).catch(() => {});
    const state = { seq: 1, scope: "stream", stream: "pets", data: {} } as const;
    if (!signal.aborted) stdout.write(line({ type: "state", state }));
    // one that goes on telling is no sign of life of the other
    while (!signal.aborted) {
      stdout.write(line({ type: "log", log: { level: "info", message: "Listening." } }));
      await sleep(100, undefined, { signal }).catch(() => {});
    }
    return 0;
  });
  const silent = destinationOf(async ({ stdin }) => {
    stdin.resume();
    await once(stdin, "end");
    return 0;
  });
  const summary = await run({ source, destination: silent, live: true, limits: { idleTimeoutMs: 1000 } }).done;
  expect(summary).toMatchObject({ exit_code: 17, streams: { pets: { read: 0 } } });
  expect(summary.failure?.message).toContain("owed");
});

test("the example of docs/embedding.md runs, and says what it moved", async () => {
  const example = join(import.meta.dirname, "..", "fixtures", "embedded-run.ts");
  const { stdout } = await execa("node", ["--conditions=@sluice/source", example]);
  expect(stdout).toContain("complete");
  expect(stdout).toMatch(/0 2 \[ \{ id: 1, name: 'Ada' \}, \{ id: 2, name: 'Bea' \} \]$/);
});
