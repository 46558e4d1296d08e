import { type Emulator, startEmulator } from "@sluice/stripe-emulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listed, streamNamed } from "../fixtures/account.ts";
import { configOf, recordsIn, Sync } from "../fixtures/sync.ts";

const NOW = 1_790_000_000;
let emulator: Emulator;
let all: { id: string; created: number }[];

beforeAll(async () => {
  emulator = await startEmulator({ now: NOW, objects: { charges: 350 } });
  all = (await listed(emulator, streamNamed("charges"))).map(({ id, created }) => ({ id, created: Number(created) }));
});
afterAll(() => emulator.close());

const idsOf = (charges: readonly { id: string }[]) => charges.map(({ id }) => id).sort();

test("start_date leaves out what was created before, and a time_range what is outside it", async () => {
  const [gte, lt] = [all[300]?.created ?? 0, all[50]?.created ?? 0];
  const since = configOf(emulator, { start_date: new Date(gte * 1000).toISOString() });
  const later = await new Sync(since).run({ streams: ["charges"] });
  expect(idsOf(recordsIn(later, "charges"))).toEqual(idsOf(all.filter(({ created }) => created >= gte)));
  const between = await new Sync(configOf(emulator)).run({ streams: ["charges"], time_range: { gte, lt } });
  expect(idsOf(recordsIn(between, "charges"))).toEqual(
    idsOf(all.filter(({ created }) => created >= gte && created < lt)),
  );
  // a part of a list does not tell what is gone
  for (const outputs of [later, between]) expect(outputs.at(-1)).toEqual({ type: "complete", stream: "charges" });
});

test("a change of an object outside the time range is none of the stream's", async () => {
  const created = all[100]?.created ?? 0;
  const sync = new Sync(configOf(emulator));
  const asked = { streams: ["charges"], time_range: { gte: created } };
  await sync.run(asked);
  emulator.advanceClock(10);
  const [inside, outside] = [all[10]?.id ?? "", all[200]?.id ?? ""];
  for (const id of [inside, outside]) emulator.update(id, { description: "changed" });
  emulator.advanceClock(5);
  const changed = recordsIn(await sync.run(asked), "charges").filter(({ id }) => id === inside || id === outside);
  expect(changed.map(({ id }) => id)).toEqual([inside]);
});

test("a time range of a list that cannot be cut by time is refused", async () => {
  const asked = { streams: ["payment_methods"], time_range: { gte: NOW } };
  await expect(new Sync(configOf(emulator)).run(asked)).rejects.toThrow(
    'The catalog asks for a time_range of the stream "payment_methods", but /v1/payment_methods cannot be cut by time',
  );
});

test.each([1, 99, 100, 101, 250, 1000])("of a limit of %i records not one more is sent", async (limit) => {
  const outputs = await new Sync(configOf(emulator)).run({ streams: ["charges"], limit });
  const newest = (await listed(emulator, streamNamed("charges"))).slice(0, limit);
  expect(recordsIn(outputs, "charges").map(({ id }) => id)).toEqual(newest.map(({ id }) => id));
});

test("without events every stream is listed by relist_interval", async () => {
  const off = configOf(emulator, { events: { mode: "off" }, relist_interval: "1h" });
  const sync = new Sync(off);
  await sync.run({ streams: ["charges"] });
  const id = all[10]?.id ?? "";
  emulator.update(id, { description: "quietly" });
  emulator.advanceClock(3599);
  expect(recordsIn(await sync.run({ streams: ["charges"] }), "charges").map(({ id: each }) => each)).not.toContain(id);
  emulator.advanceClock(1);
  await sync.run({ streams: ["charges"] });
  expect(sync.fold.objects("charges").get(id)).toMatchObject({ description: "quietly" });
  expect(sync.fold.globalState).toBeUndefined();
});
