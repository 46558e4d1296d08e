import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { FileStore } from "./file-store.ts";
import { stateLineOf } from "./state-lines.ts";

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "file-store-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

function state(seq: number, stream = "a") {
  return stateLineOf(
    `{"type":"state","state":{"seq":${seq},"scope":"stream","stream":"${stream}","data":{"at":9007199254740993}}}`,
  );
}

function seqs(lines: readonly string[]): number[] {
  return lines.map((line) => stateLineOf(line).state.seq);
}

test("what is put is there for the next run, token by token, in a file that only its owner reads", async () => {
  const folder = await newFolder();
  const store = new FileStore(folder);
  const first = await store.open({ pipelineId: "p", runId: "one", force: false });
  await first.put(state(1));
  await first.put(state(2));
  await first.put(state(3, "b"));
  await first.close();
  const second = await store.open({ pipelineId: "p", runId: "two", force: false });
  expect(second.states.map(({ line }) => line.toString())).toEqual([
    state(2).line.toString(),
    state(3, "b").line.toString(),
  ]);
  await second.close();
  const states = join(folder, "p", "states");
  for (const name of await readdir(states)) expect((await stat(join(states, name))).mode & 0o077).toBe(0);
});

test("a second run is refused with exit code 16 while the first lives, and fences it with force", async () => {
  const store = new FileStore(await newFolder());
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

test("of runs that begin at once one is let in, and one that was taken over lets nobody in", async () => {
  const store = new FileStore(await newFolder());
  const open = (runId: string, force = false) => store.open({ pipelineId: "p", runId, force });
  const outcomes = await Promise.allSettled(["one", "two", "three", "four"].map((runId) => open(runId)));
  const [first, ...others] = outcomes.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  expect(others).toEqual([]);
  const second = await open("five", true);
  // its end is not the end of the run that took it over
  await first?.close();
  await expect(open("six")).rejects.toMatchObject({ exitCode: 16 });
  await second.close();
  await (await open("six")).close();
});

test.each([
  ["a process that is gone", { pid: 2 ** 22 - 1 }, true],
  ["an earlier process of the same number", { pid: process.pid }, true],
  ["a process that lives and renewed it long ago", { pid: 1, expires_at: "2020-01-01T00:00:00Z" }, true],
  ["a process that lives", { pid: 1 }, false],
  ["another machine, not yet expired", { pid: 1, host: "elsewhere" }, false],
  ["another machine, expired", { pid: 1, host: "elsewhere", expires_at: "2020-01-01T00:00:00Z" }, true],
])("the lease of %s lets another run in: %s", async (_, lease, isFree) => {
  const folder = await newFolder();
  const store = new FileStore(folder);
  await (await store.open({ pipelineId: "p", runId: "before", force: false })).close();
  const held = { run_id: "old", host: hostname(), expires_at: new Date(Date.now() + 20_000).toISOString(), ...lease };
  await writeFile(join(folder, "p", "states", "lease-7.json"), JSON.stringify(held));
  const opened = store.open({ pipelineId: "p", runId: "new", force: false });
  if (isFree) await (await opened).close();
  else await expect(opened).rejects.toMatchObject({ exitCode: 16 });
});

test("of runs that take over at once each has an epoch of its own, and the last one counts", async () => {
  const store = new FileStore(await newFolder());
  const runs = await Promise.all(
    ["one", "two", "three"].map((runId) => store.open({ pipelineId: "p", runId, force: true })),
  );
  const outcomes = await Promise.allSettled(runs.map((run, index) => run.put(state(index + 1))));
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  await Promise.all(runs.map((run) => run.close()));
});

test("set replaces the states and fences a run that is under way; what history prints, set takes", async () => {
  const store = new FileStore(await newFolder());
  const run = await store.open({ pipelineId: "p", runId: "one", force: false });
  for (const seq of [1, 2, 3]) await run.put(state(seq));
  const past = await store.history("p");
  expect(past).toHaveLength(3);
  await store.set("p", [stateLineOf(past[0] ?? "")]);
  expect(await store.get("p")).toEqual([state(1).line.toString()]);
  await expect(run.put(state(4))).rejects.toMatchObject({ code: "protocol" });
  await run.close();
});

test("a file that is broken is an error that names it, and is never taken for no states", async () => {
  const folder = await newFolder();
  const store = new FileStore(folder);
  await store.set("p", [state(1)]);
  const [name = ""] = (await readdir(join(folder, "p", "states"))).filter((each) => /^\d+/.test(each));
  await writeFile(join(folder, "p", "states", name), "no state\nat all\n");
  await expect(store.get("p")).rejects.toMatchObject({ code: "config", message: expect.stringContaining(name) });
});

test("a folder that cannot be written is told as such", async () => {
  const file = join(await newFolder(), "file");
  await writeFile(file, "");
  await expect(new FileStore(file).open({ pipelineId: "p", runId: "one", force: false })).rejects.toMatchObject({
    code: "system",
    message: expect.stringContaining("cannot be written"),
  });
  await expect(new FileStore(file).get("../p")).rejects.toMatchObject({ code: "config" });
});
