import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ControlOverride } from "./control-override.ts";
import { Generations } from "./generations.ts";
import { folderMemory } from "./pipeline-memory.ts";
import { stateLineOf } from "./state-lines.ts";

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "control-override-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

test("what a connector changed is there in the next run, until its owner changes the same field", async () => {
  const folder = await newFolder();
  const own = { token: "old", retries: 3, gone: "x" };
  await new ControlOverride(folderMemory(folder), "source").store(own, { token: "new", retries: 3, added: 1 });
  const next = new ControlOverride(folderMemory(folder), "source");
  expect(await next.apply(own)).toEqual({ token: "new", retries: 3, added: 1 });
  expect(await next.apply({ ...own, token: "rotated by hand" })).toEqual({
    token: "rotated by hand",
    retries: 3,
    added: 1,
  });
  expect(await new ControlOverride(folderMemory(folder), "destination").apply(own)).toEqual(own);
  const [file = ""] = await readdir(folder);
  expect((await stat(join(folder, file))).mode & 0o077).toBe(0);
});

test("a file that is none of these names itself and the remedy, and repeats nothing of itself", async () => {
  const folder = await newFolder();
  await writeFile(join(folder, "source-config.json"), '{"token":"geheim"');
  const failure = new ControlOverride(folderMemory(folder), "source").apply({});
  await expect(failure).rejects.toThrow(/source-config\.json does not hold .* remove it/);
  await expect(failure).rejects.not.toThrow("geheim");
});

const stream = { stream: { name: "s", json_schema: {} }, destination_mode: "overwrite" } as const;

function stored(generation: string) {
  return stateLineOf(
    `{"type":"state","state":{"seq":1,"scope":"stream","stream":"s","generation_id":"${generation}","data":{}}}`,
  );
}

test("a refresh that was cut short goes on, and one that came to its end is followed by another", async () => {
  const folder = await newFolder();
  const full = { ...stream, sync_mode: "full_refresh" } as const;
  const first = await Generations.open(folderMemory(folder));
  const begun = first.assign(full, { stored: undefined, startedAt: "g1", refresh: false, runId: "r1" });
  expect(begun).toEqual({ configured: { ...full, generation_id: "g1" }, startsOver: false, isUnderWay: false });
  await first.begin([begun.configured], "r1");
  const next = { stored: stored("g1"), startedAt: "g2", refresh: false, runId: "r2" };
  const cut = (await Generations.open(folderMemory(folder))).assign(full, next);
  expect(cut).toEqual({ configured: { ...full, generation_id: "g1" }, startsOver: false, isUnderWay: true });
  await first.complete("s", "g1");
  const after = (await Generations.open(folderMemory(folder))).assign(full, next);
  expect(after).toEqual({ configured: { ...full, generation_id: "g2" }, startsOver: true, isUnderWay: false });
});

test("a full refresh whose file is lost begins anew, since it may have come to its end", async () => {
  const full = { ...stream, sync_mode: "full_refresh" } as const;
  const lost = await Generations.open(folderMemory(await newFolder()));
  const assigned = lost.assign(full, { stored: stored("g1"), startedAt: "g2", refresh: false, runId: "r2" });
  expect(assigned).toEqual({ configured: { ...full, generation_id: "g2" }, startsOver: true, isUnderWay: false });
});

test("an incremental stream keeps its generation until a refresh is asked for", async () => {
  const incremental = { ...stream, sync_mode: "incremental" } as const;
  const generations = await Generations.open(folderMemory(await newFolder()));
  await generations.complete("s", "g1");
  const assign = (refresh: boolean) =>
    generations.assign(incremental, { stored: stored("g1"), startedAt: "g2", refresh, runId: "r2" });
  expect(assign(false)).toMatchObject({ configured: { generation_id: "g1" }, startsOver: false });
  expect(assign(true)).toMatchObject({ configured: { generation_id: "g2" }, startsOver: true, isUnderWay: false });
});

test("a refresh that is asked for is begun once by a run, however many processes carry the run on", async () => {
  const incremental = { ...stream, sync_mode: "incremental" } as const;
  const memory = folderMemory(await newFolder());
  const first = await Generations.open(memory);
  const asked = { startedAt: "g2", refresh: true, runId: "r2" };
  const begun = first.assign(incremental, { ...asked, stored: stored("g1") });
  expect(begun).toMatchObject({ configured: { generation_id: "g2" }, startsOver: true, isUnderWay: false });
  await first.begin([begun.configured], "r2");
  const again = async (more: object, state = "g2") =>
    (await Generations.open(memory)).assign(incremental, { ...asked, startedAt: "g3", stored: stored(state), ...more });
  expect(await again({})).toMatchObject({ configured: { generation_id: "g2" }, startsOver: false });
  await first.complete("s", "g2");
  expect(await again({})).toMatchObject({ configured: { generation_id: "g2" }, startsOver: false });
  // nothing of it was committed
  expect(await again({}, "g1")).toMatchObject({ configured: { generation_id: "g3" }, startsOver: true });
  expect(await again({ runId: "r3" })).toMatchObject({ configured: { generation_id: "g3" }, startsOver: true });
});
