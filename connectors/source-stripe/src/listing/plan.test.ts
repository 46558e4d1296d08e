import { configureLog } from "@sluice/protocol/stdio";
import { type Emulator, startEmulator } from "@sluice/stripe-emulator";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { listed, streamNamed } from "../fixtures/account.ts";
import { Fold } from "../fixtures/fold.ts";
import { assertSame } from "../fixtures/scenario.ts";
import { configOf, reading, recordsIn, Sync } from "../fixtures/sync.ts";

const NOW = 1_790_000_000;
let emulator: Emulator;
let all: { id: string; created: number }[];

beforeAll(async () => {
  emulator = await startEmulator({ now: NOW, objects: { charges: 350 } });
  all = (await listed(emulator, streamNamed("charges"))).map(({ id, created }) => ({ id, created: Number(created) }));
});
afterAll(() => emulator.close());

/** Resolves to the second that cuts the customers of an account in two, and to the ids of either part. */
async function halves(place: Emulator): Promise<{ recent: number; older: string[]; newer: string[] }> {
  const customers = (await listed(place, streamNamed("customers"))).toSorted(
    (one, other) => Number(one.created) - Number(other.created),
  );
  const recent = Number(customers[customers.length / 2]?.created);
  const idsWhere = (isOlder: boolean) =>
    customers.flatMap(({ id, created }) => (Number(created) < recent === isOlder ? [id] : []));
  return { recent, older: idsWhere(true), newer: idsWhere(false) };
}

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

test("a shorter time than before leaves out no change and no delete of what a stream has, and tells of it", async () => {
  const told: string[] = [];
  configureLog({ sink: (_, message) => told.push(message) });
  onTestFinished(() => configureLog({ sink: undefined }));
  await using place = await startEmulator({ now: NOW, objects: { customers: 30 } });
  const { recent, older } = await halves(place);
  const sync = new Sync(configOf(place));
  await sync.run({ streams: ["customers"] });
  place.update(older[0] ?? "", { description: "changed" });
  place.delete(older[1] ?? "");
  place.advanceClock(5);
  await sync.run({ streams: ["customers"], time_range: { gte: recent } });
  await assertSame(place, sync.fold, { streams: ["customers"] });
  expect(told.join("\n")).toContain('"customers", have objects from outside the time that is asked for');
});

test("a longer time than before lists a stream anew, and misses no delete between them", async () => {
  await using place = await startEmulator({ now: NOW, objects: { customers: 30 } });
  const { recent, newer } = await halves(place);
  const sync = new Sync(configOf(place));
  await sync.run({ streams: ["customers"], time_range: { gte: recent } });
  expect(sync.fold.objects("customers").size).toBe(newer.length);
  // no listing of a part tells it
  place.delete(newer[0] ?? "");
  place.advanceClock(5);
  const asked = { streams: ["customers"] };
  const longer = configOf(place, { start_date: new Date((recent - 1) * 1000).toISOString() });
  await sync.run(asked, longer);
  expect(sync.fold.objects("customers").has(newer[0] ?? "")).toBe(false);
  await sync.run(asked);
  await assertSame(place, sync.fold, asked);
});

test("a listing that was cut short is not taken for one of a longer time", async () => {
  await using place = await startEmulator({ now: NOW, objects: { customers: 30 } });
  const { recent } = await halves(place);
  const fold = new Fold();
  for await (const output of reading(configOf(place), fold, { streams: ["customers"], time_range: { gte: recent } })) {
    fold.add(output);
    if (output.type === "state") break;
  }
  const asked = { streams: ["customers"] };
  await new Sync(configOf(place), fold).run(asked);
  await assertSame(place, fold, asked);
});

test("a stream without events passes over nothing that came before a shorter time", async () => {
  await using place = await startEmulator({ now: NOW, objects: { charges: 3 } });
  const sync = new Sync(configOf(place));
  const asked = { streams: ["balance_transactions"] };
  await sync.run(asked);
  place.advanceClock(10_000);
  place.create({ object: "balance_transaction", id: "txn_a" });
  place.advanceClock(10_000);
  await sync.run({ ...asked, time_range: { gte: place.now() } });
  await sync.run(asked);
  expect(sync.fold.objects("balance_transactions").has("txn_a")).toBe(true);
  await assertSame(place, sync.fold, asked);
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
