import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Message } from "@sluice/protocol";
import { expect, onTestFinished, test } from "vitest";
import { newApi } from "../fixtures/api.ts";

const CANARY = "canary-e1f7-engine";

async function newEngine() {
  const api = await newApi();
  const server = await api.listen();
  const folder = await mkdtemp(join(tmpdir(), "sluice-engine-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const ask = (verb: string, body: unknown, signal?: AbortSignal) =>
    fetch(`${server}/v1/engine/${verb}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${api.tokenOf("admin")}`,
        "content-type": typeof body === "string" ? "application/x-ndjson" : "application/json",
      },
      body: typeof body === "string" ? body : JSON.stringify(body),
      signal: signal ?? null,
    });
  const messages = async (verb: string, body: unknown) => parsed(await (await ask(verb, body)).text());
  const rows = async () =>
    (await readFile(join(folder, "rows", "stream_1.ndjson"), "utf8").catch(() => "")).split("\n").length - 1;
  return {
    ...api,
    ask,
    messages,
    rows,
    destination: { connector: "destination-faulty", config: { folder: join(folder, "rows") } },
  };
}

function parsed(text: string): Message[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Message);
}

function source(config: Record<string, unknown>) {
  return { connector: "source-faulty", config: { token: CANARY, ...config } };
}

function statesIn(all: readonly Message[]): string[] {
  const newest = new Map(
    all.flatMap((each) => (each.type === "state" ? [[each.state.stream, JSON.stringify(each)]] : [])),
  );
  return [...newest.values()];
}

/** How many processes of the engine and its connectors there are below this one. */
function processes(): string[] {
  const all = execFileSync("ps", ["-eo", "pid=,ppid=,args="])
    .toString()
    .split("\n")
    .map((line) => line.trim());
  return all.filter((line) => /engine-host|pause_ms|source-faulty/.test(line));
}

test("check, discover and read answer with the connector's messages and a summary, and no secret", async () => {
  const { messages } = await newEngine();
  const all = await Promise.all([
    messages("check", source({})),
    messages("discover", source({})),
    messages("read", source({ records: 5 })),
    messages("read", source({ fault: "refuses_credentials" })),
  ]);
  expect(all.map((each) => each.at(-1))).toMatchObject([0, 0, 0, 11].map((exit_code) => ({ summary: { exit_code } })));
  const [checked, discovered, read, refused] = all;
  expect(checked[0]).toMatchObject({ connection_status: { status: "succeeded" } });
  expect(discovered[0]).toMatchObject({ catalog: { streams: [{ name: "stream_1" }, { name: "stream_2" }] } });
  expect(read.filter(({ type }) => type === "record")).toHaveLength(10);
  expect(refused).toContainEqual(expect.objectContaining({ type: "error" }));
  expect(JSON.stringify(all)).not.toContain(CANARY);
});

test("what is read can be written as it came, and a read goes on from the states that come back", async () => {
  const { messages, destination, rows } = await newEngine();
  const read = await messages("read", source({ records: 4 }));
  const lines = read.filter(({ type }) => type !== "summary").map((each) => JSON.stringify(each));
  const written = await messages("write", `${[JSON.stringify(destination), ...lines].join("\n")}\n`);
  expect(written.at(-1)).toMatchObject({ summary: { exit_code: 0 } });
  expect(await rows()).toBe(4);
  const states = statesIn(written);
  expect(states).toHaveLength(2);
  const more = await messages("read", { ...source({ records: 6 }), states });
  expect(more.filter(({ type }) => type === "record")).toHaveLength(4);
});

test("sync moves everything, tells each state that is durable, and goes on where a time limit cut it", async () => {
  const { messages, destination, rows } = await newEngine();
  const body = { source: source({ records: 60, pause_ms: 50 }), destination, pipeline_id: "p" };
  const cut = await messages("sync", { ...body, time_limit_ms: 1500 });
  expect(cut.at(-1)).toMatchObject({ summary: { exit_code: 17, status: "stopped" } });
  const states = statesIn(cut);
  const before = await rows();
  expect(before).toBeLessThan(60);
  const rest = { ...body, source: source({ records: 60 }), states };
  expect((await messages("sync", rest)).at(-1)).toMatchObject({ summary: { exit_code: 0, status: "succeeded" } });
  expect(await rows()).toBe(60);
});

test("whoever goes away ends the programs that worked for them", async () => {
  const { ask } = await newEngine();
  const leaving = new AbortController();
  const answer = await ask("read", source({ records: 100_000, pause_ms: 20 }), leaving.signal);
  const reader = answer.body?.getReader();
  await reader?.read();
  expect(processes().length).toBeGreaterThan(0);
  expect(processes().join()).not.toContain(CANARY);
  leaving.abort();
  await expect.poll(processes, { timeout: 20_000, interval: 100 }).toEqual([]);
});

test("what the engine is asked for is checked before anything is started", async () => {
  const { ask } = await newEngine();
  const wrong = await ask("read", { connector: "../sh", config: {} });
  expect(await wrong.json()).toMatchObject({ status: 400, errors: [{ path: "body.connector" }] });
  const noLine = await ask("write", '{"connector":\n');
  expect(await noLine.json()).toMatchObject({ status: 422, code: "config" });
  const noState = await ask("sync", { source: source({}), destination: source({}), pipeline_id: "p", states: ["x"] });
  expect(parsed(await noState.text()).at(-2)).toMatchObject({ error: { failure_type: "config" } });
});
