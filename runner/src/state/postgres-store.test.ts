import { createDatabase } from "@sluice/postgres-kit/server";
import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { PostgresStore } from "./postgres-store.ts";
import { stateLineOf } from "./state-lines.ts";

async function newStore(): Promise<PostgresStore> {
  const database = await createDatabase(process.env["DATABASE_URL"] ?? "");
  onTestFinished(() => database.drop());
  return new PostgresStore({ connectionString: database.url });
}

function state(seq: number, stream = "a") {
  return stateLineOf(
    `{"type":"state","state":{"seq":${seq},"scope":"stream","stream":"${stream}","data":{"at":9007199254740993,"x":1.10}}}`,
  );
}

function seqs(lines: readonly string[]): number[] {
  return lines.map((line) => stateLineOf(line).state.seq);
}

test("what is put is there for the next run, token by token", async () => {
  const store = await newStore();
  const first = await store.open({ pipelineId: "p", runId: "one", force: false });
  await first.put(state(1));
  await first.put(state(2));
  await first.put(state(3, "b"));
  await first.close();
  const second = await store.open({ pipelineId: "p", runId: "two", force: false });
  expect(new Set(second.states.map(({ state: each }) => each.seq))).toEqual(new Set([2, 3]));
  for (const { line } of second.states) expect(line.toString()).toContain('"data":{"at":9007199254740993,"x":1.10}');
  await second.close();
  expect(await store.get("another")).toEqual([]);
});

test("a second run is refused with exit code 16 while the first lives, and fences it with force", async () => {
  const store = await newStore();
  const first = await store.open({ pipelineId: "p", runId: "one", force: false });
  await first.put(state(1));
  await expect(store.open({ pipelineId: "p", runId: "two", force: false })).rejects.toMatchObject({ exitCode: 16 });
  const second = await store.open({ pipelineId: "p", runId: "two", force: true });
  await second.put(state(2));
  await expect(first.put(state(9))).rejects.toMatchObject({ code: "protocol" });
  expect(seqs(await store.get("p"))).toEqual([2]);
  await second.close();
  await first.close();
});

test("a connection that is lost between two states is made anew", async () => {
  const database = await createDatabase(process.env["DATABASE_URL"] ?? "");
  onTestFinished(() => database.drop());
  const store = new PostgresStore({ connectionString: database.url });
  const run = await store.open({ pipelineId: "p", runId: "one", force: false });
  await run.put(state(1));
  const admin = new Client({ connectionString: database.url });
  await admin.connect();
  await admin.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
  );
  await admin.end();
  await run.put(state(2));
  await run.close();
  expect(seqs(await store.get("p"))).toEqual([2]);
});

test("a statement that somebody's transaction holds up does not keep a run from its end", async () => {
  const database = await createDatabase(process.env["DATABASE_URL"] ?? "");
  onTestFinished(() => database.drop());
  const run = await new PostgresStore({ connectionString: database.url }).open({
    pipelineId: "p",
    runId: "one",
    force: false,
  });
  const other = new Client({ connectionString: database.url });
  await other.connect();
  onTestFinished(() => other.end());
  await other.query("BEGIN; SELECT 1 FROM _sluice.pipelines FOR UPDATE");
  const held = run.put(state(1));
  await Promise.all([expect(held).rejects.toMatchObject({ code: "transient" }), run.close()]);
});

test("set replaces all states and fences the run that is under way; history keeps what was", async () => {
  const store = await newStore();
  const run = await store.open({ pipelineId: "p", runId: "one", force: false });
  await run.put(state(1));
  await run.put(state(2));
  await store.set("p", [state(1)]);
  await expect(run.put(state(3))).rejects.toMatchObject({ code: "protocol" });
  await run.close();
  expect(seqs(await store.get("p"))).toEqual([1]);
  const history = await store.history("p");
  expect(seqs(history)).toContain(2);
  for (const line of history) expect(line).toMatch(/"committed_at":"\d{4}-/);
  await store.set("p", []);
  expect(await store.get("p")).toEqual([]);
});

test("what a person has to correct is not taken for something that passes", async () => {
  const { url, drop } = await createDatabase(process.env["DATABASE_URL"] ?? "");
  onTestFinished(() => drop());
  const [stranger, elsewhere] = [new URL(url), new URL(url)];
  stranger.username = "stranger";
  elsewhere.pathname = "/elsewhere";
  for (const [connectionString, code] of [
    [stranger.href, "auth"],
    [elsewhere.href, "config"],
    ["postgres://[", "config"],
  ] as const)
    await expect(new PostgresStore({ connectionString }).get("p")).rejects.toMatchObject({ code });
});

test("a database that is not there is one sentence that says where to look, without its password", async () => {
  const store = new PostgresStore({ connectionString: "postgres://sluice:geheim@127.0.0.1:1/none" });
  const failure = store.get("p");
  await expect(failure).rejects.toMatchObject({ code: "transient" });
  await expect(failure).rejects.toThrow(/check "state" in the pipeline file/);
  await expect(failure).rejects.not.toThrow("geheim");
});
