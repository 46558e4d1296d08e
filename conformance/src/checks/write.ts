import { Feed, numbered, type FeedStream } from "../kit/feed.ts";
import type { Check, Trial } from "../kit/check.ts";
import { NotApplicable } from "../kit/problem.ts";
import { payloads } from "../processes/output-line.ts";
import {
  anyMode,
  expectCode,
  expectGood,
  expectRows,
  modesOf,
  onlyWithMode,
  rowDifference,
} from "./destination-runs.ts";
import { lastWords } from "./source-runs.ts";

const DESTINATION = ["destination"] as const;

export const writeChecks: readonly Check[] = [
  {
    id: "W1",
    level: 1,
    kinds: DESTINATION,
    title: "each declared mode stores all types and nulls, an empty stream, and a stream without properties",
    fix: "Store every record as it came, null included, in append, merge and overwrite.",
    defect: "loses lists and objects",
    run: basics,
  },
  {
    id: "W2",
    level: 1,
    kinds: DESTINATION,
    title: "merge keeps the newest record of each key by version, whatever the order",
    fix: "Order records by (version, delete before upsert, content), never by arrival, within a batch and against the table.",
    defect: "lets the last to arrive win",
    run: merging,
  },
  {
    id: "W3",
    level: 2,
    kinds: DESTINATION,
    title: "a delete removes its row, and an older record does not bring it back",
    fix: "Treat a delete as a write with a version, and keep that version.",
    defect: "ignores deletes",
    run: deletes,
  },
  {
    id: "W8",
    level: 1,
    kinds: DESTINATION,
    title: "overwrite shows the old rows until the new ones are complete",
    fix: "Gather a refresh beside the old rows, and put it in their place in one transaction, at complete.",
    defect: "removes the old rows first",
    run: overwriting,
  },
  {
    id: "W9",
    level: 1,
    kinds: DESTINATION,
    title: "a load leaves other streams alone, and takes many at once",
    fix: "Touch nothing but the streams of the catalog.",
    defect: "removes every other stream",
    run: neighbours,
  },
  {
    id: "W10",
    level: 1,
    kinds: DESTINATION,
    title: "a record that cannot be stored costs none of its neighbours, and is counted and told",
    fix: "Find the record, print it as rejected, count it, and store the rest of the batch.",
    defect: "leaves out the whole batch of a bad record",
    run: badNeighbour,
  },
  {
    id: "W11",
    level: 2,
    kinds: DESTINATION,
    title: "setup does what its dry run says, and a second one does nothing",
    fix: "Derive the statements of setup from what is missing, and run those that the dry run prints.",
    defect: "makes everything again in each setup",
    run: settingUp,
  },
];

async function basics(trial: Trial): Promise<void> {
  const { subject } = trial;
  const types = { type: "object", properties: typed() };
  const rows = [
    { id: 1, text: "a", number: 1.5, yes: true, list: [1, "b", null], object: { c: { d: [] } }, none: null },
    { id: 2, text: "", number: -0.25, yes: false, list: [], object: {}, none: null },
    { id: 3, text: null, number: null, yes: null, list: null, object: null, none: null },
    { id: 4 },
  ];
  for (const mode of await modesOf(subject)) {
    const place = await subject.newPlace();
    const streams: FeedStream[] = [
      { name: "typed", mode, json_schema: types, primary_key: ["id"] },
      { name: "empty", mode, json_schema: types, primary_key: ["id"] },
      { name: "bare", mode: mode === "merge" ? "append" : mode, json_schema: { type: "object" } },
    ];
    const used = (await modesOf(subject)).includes("append") ? streams : streams.slice(0, 2);
    const feed = new Feed().catalog(used);
    for (const { name } of used) feed.started(name);
    for (const row of rows) feed.record("typed", row, { version: row.id });
    feed.state("typed").complete("typed").state("empty").complete("empty");
    if (used.length > 2) feed.record("bare", { a: 1 }).record("bare", {}).state("bare").complete("bare");
    expectGood(trial, await place.write(feed), `In ${mode}`);
    await expectRows(trial, place, { stream: "typed", rows, what: `In ${mode}` });
    await expectRows(trial, place, { stream: "empty", rows: [], what: `In ${mode}, of a stream without records` });
    if (used.length > 2) {
      await expectRows(trial, place, { stream: "bare", rows: [{ a: 1 }, {}], what: `In ${mode}, without properties` });
    }
  }
}

function typed(): object {
  return {
    id: { type: "integer" },
    text: { type: ["string", "null"] },
    number: { type: ["number", "null"] },
    yes: { type: ["boolean", "null"] },
    list: { type: ["array", "null"] },
    object: { type: ["object", "null"] },
    none: { type: ["string", "null"] },
  };
}

async function merging(trial: Trial): Promise<void> {
  const { subject, random } = trial;
  await onlyWithMode(subject, "merge");
  const text = { type: "string" };
  const properties = { account: text, id: text, n: { type: "integer" } };
  const stream: FeedStream = {
    name: "merged",
    mode: "merge",
    json_schema: { type: "object", properties },
    primary_key: ["account", "id"],
  };
  const versions = Array.from({ length: 60 }, (_, index) => ({
    account: `a${index % 3}`,
    id: `x${index % 4}`,
    n: index,
  }));
  const place = await subject.newPlace();
  const feed = new Feed().catalog([stream]).started("merged");
  // every order, some of it repeated, in batches of any size
  for (const row of random.shuffled([...versions, ...versions.slice(0, 20)])) {
    feed.record("merged", row, { version: row.n + 1 });
    if (random.below(9) === 0) feed.state("merged");
  }
  feed.state("merged").complete("merged");
  expectGood(trial, await place.write(feed), "Of records in any order");
  const newest = new Map(versions.map((row) => [`${row.account} ${row.id}`, row]));
  await expectRows(trial, place, { stream: "merged", rows: [...newest.values()], what: "Of records in any order" });
  await mergeByArrival(trial);
  await equalVersions(trial);
}

/** Records of one version, in two orders: the rows are the same, and an upsert is stronger than a delete. */
async function equalVersions(trial: Trial): Promise<void> {
  const { subject, problem, random } = trial;
  const hasDeletes = (await subject.capabilities()).deletes !== undefined;
  const records = Array.from({ length: 12 }, (_, id) => [
    { op: "upsert", data: { id, seq: 1, sum: 0, text: `one ${random.below(1000)}` } } as const,
    { op: hasDeletes && id % 3 === 0 ? "delete" : "upsert", data: { id, seq: 2, sum: 0, text: "other" } } as const,
  ]).flat();
  const rows: string[][] = [];
  for (const order of [records, records.toReversed()]) {
    const place = await subject.newPlace();
    const feed = new Feed().catalog([numbered("equal", "merge")]).started("equal");
    // some pairs meet in a batch, and some in the table
    for (const [index, { op, data }] of order.entries()) {
      feed.record("equal", data, { op, version: 7 });
      if (index % 5 === 0) feed.state("equal");
    }
    expectGood(trial, await place.write(feed.state("equal").complete("equal")), "Of records of one version");
    rows.push(await place.rows("equal"));
  }
  const [one = [], other = []] = rows;
  const differs = rowDifference(one, other);
  if (differs !== undefined) problem(`Records of one version in two orders left different rows: ${differs}.`);
  const ids = new Set(one.map((row): unknown => Object(JSON.parse(row)).id));
  if (ids.size !== one.length || ids.size !== 12)
    problem(`Of 12 keys, each with an upsert, ${ids.size} have a row behind records of one version.`);
}

async function mergeByArrival(trial: Trial): Promise<void> {
  const place = await trial.subject.newPlace();
  const feed = new Feed().catalog([numbered("arrived", "merge")]).started("arrived");
  const rows = [1, 2, 1, 3, 1].map((id, seq) => ({ id, seq, sum: 0, text: "t" }));
  for (const row of rows) feed.record("arrived", row);
  feed.state("arrived").complete("arrived");
  expectGood(trial, await place.write(feed), "Without versions");
  const last = [rows[1], rows[3], rows[4]];
  await expectRows(trial, place, { stream: "arrived", rows: last, what: "Without versions, of which the last counts" });
}

async function deletes(trial: Trial): Promise<void> {
  const { subject, random } = trial;
  await onlyWithMode(subject, "merge");
  if ((await subject.capabilities()).deletes === undefined) throw new NotApplicable("It does not declare deletes.");
  const row = (id: number, seq: number) => ({ id, seq, sum: 0, text: "t" });
  const stale = random.between(1, 4);
  const steps: [object, "upsert" | "delete", number][] = [
    [row(1, 1), "upsert", 5],
    [row(1, 1), "delete", 6],
    [row(1, 2), "upsert", stale],
    [row(2, 1), "delete", 5],
    [row(2, 2), "upsert", 6],
    [row(3, 1), "delete", 5],
    [row(4, 1), "upsert", 5],
    [row(4, 1), "delete", 4],
  ];
  for (const isSplit of [false, true]) {
    const place = await subject.newPlace();
    const feed = new Feed().catalog([numbered("deleted", "merge")]).started("deleted");
    for (const [data, op, version] of isSplit ? random.shuffled(steps) : steps) {
      feed.record("deleted", data, { op, version });
      if (isSplit) feed.state("deleted");
    }
    feed.state("deleted").complete("deleted");
    const what = isSplit ? "Of deletes in any order, each committed alone" : "Of deletes in one batch";
    expectGood(trial, await place.write(feed), what);
    await expectRows(trial, place, { stream: "deleted", rows: [row(2, 2), row(4, 1)], what });
  }
}

async function overwriting(trial: Trial): Promise<void> {
  const { subject } = trial;
  await onlyWithMode(subject, "overwrite");
  const place = await subject.newPlace();
  const rows = (from: number, text: string) =>
    [0, 1, 2].map((index) => ({ id: from + index, seq: index, sum: 0, text }));
  const generation = (id: string) => new Feed(id).catalog([numbered("replaced", "overwrite")]).started("replaced");
  const [old, fresh] = [rows(1, "old"), rows(11, "fresh")];
  const load = generation("g-1");
  for (const row of old) load.record("replaced", row);
  expectGood(trial, await place.write(load.state("replaced").complete("replaced")), "The first refresh");
  await expectRows(trial, place, { stream: "replaced", rows: old, what: "Behind the first refresh" });

  const half = generation("g-2").record("replaced", fresh[0]).record("replaced", fresh[1]).state("replaced");
  const cut = await place.write(half);
  expectCode(trial, cut, { codes: [14], what: "A refresh whose input ended early" });
  await expectRows(trial, place, { stream: "replaced", rows: old, what: "While a refresh is not complete" });

  const resumed = payloads(cut.lines, "state").at(-1);
  const rest = new Feed("g-2").catalog([numbered("replaced", "overwrite")], resumed === undefined ? [] : [resumed]);
  rest.started("replaced").record("replaced", fresh[2]).state("replaced").complete("replaced");
  expectGood(trial, await place.write(rest), "The rest of the refresh");
  await expectRows(trial, place, { stream: "replaced", rows: fresh, what: "Behind the second refresh" });

  const none = new Feed("g-3").catalog([numbered("replaced", "overwrite")], []).started("replaced");
  expectGood(
    trial,
    await (await subject.newPlace()).write(none.state("replaced").complete("replaced")),
    "A refresh without records",
  );
}

async function neighbours(trial: Trial): Promise<void> {
  const { subject, random } = trial;
  const place = await subject.newPlace();
  const mode = await anyMode(subject);
  const first = await load([1]);
  const many = Array.from({ length: 20 }, (_, index) => index + 2);
  await load(many);
  await expectRows(trial, place, {
    stream: "stream_1",
    rows: first,
    what: "Of a stream that another load did not name",
  });
  const some = random.pick(many);
  await expectRows(trial, place, { stream: `stream_${some}`, rows: [row(some)], what: "Of one stream of twenty" });
  const crowd = Array.from({ length: 200 }, (_, index) => index + 100);
  const place2 = await subject.newPlace();
  const feed = feedOf(crowd);
  const crowded = await place2.write(feed);
  expectCode(trial, crowded, { codes: [0, 10], what: "Of two hundred streams" });
  if (crowded.code === 10 && lastWords(crowded) === "") trial.problem("It refuses two hundred streams without a word.");
  if (crowded.code === 10) return trial.note(`It refuses two hundred streams: ${lastWords(crowded)}`);
  for (const number of [100, 299, random.pick(crowd)]) {
    await expectRows(trial, place2, {
      stream: `stream_${number}`,
      rows: [row(number)],
      what: "Of one stream of two hundred",
    });
  }

  function row(number: number) {
    return { id: number, seq: 0, sum: 0, text: "t" };
  }
  function feedOf(numbers: readonly number[]): Feed {
    const names = numbers.map((number) => `stream_${number}`);
    const built = new Feed().catalog(names.map((name) => numbered(name, mode)));
    for (const number of numbers) built.started(`stream_${number}`).record(`stream_${number}`, row(number));
    for (const name of names) built.state(name).complete(name);
    return built;
  }
  async function load(numbers: readonly number[]): Promise<object[]> {
    expectGood(trial, await place.write(feedOf(numbers)), `Of ${numbers.length} streams`);
    return numbers.map(row);
  }
}

async function badNeighbour(trial: Trial): Promise<void> {
  const { subject, problem, random } = trial;
  const mode = (await modesOf(subject)).includes("merge") ? "merge" : await anyMode(subject);
  const place = await subject.newPlace();
  const good = Array.from({ length: 40 }, (_, index) => ({ id: index, seq: index, sum: 0, text: "good" }));
  const bad = [
    { id: 1000, seq: "no number", sum: 0, text: "bad" },
    ...(mode === "merge" ? [{ seq: 1, sum: 0, text: "without its key" }] : []),
  ];
  const feed = new Feed().catalog([numbered("mixed", mode)]).started("mixed");
  for (const row of random.shuffled([...good, ...bad]))
    feed.record("mixed", row, mode === "merge" ? { version: 1 } : {});
  const ended = await place.write(feed.state("mixed").complete("mixed"));
  expectCode(trial, ended, { codes: [0, 15], what: "Of a batch with bad records" });
  const rejected = payloads(ended.lines, "rejected");
  const counts = payloads(ended.lines, "state").at(-1)?.committed?.["mixed"];
  if (counts !== undefined && counts.rejected !== rejected.length) {
    problem(`It printed ${rejected.length} rejected records and counted ${counts.rejected}.`);
  }
  const kept = bad.filter((row) => !rejected.some(({ data }) => JSON.stringify(data) === JSON.stringify(row)));
  await expectRows(trial, place, { stream: "mixed", rows: [...good, ...kept], what: "Of a batch with bad records" });
}

async function settingUp(trial: Trial): Promise<void> {
  const { subject, problem } = trial;
  const place = await subject.newPlace();
  const mode = await anyMode(subject);
  const [catalogLine = ""] = new Feed().catalog([numbered("planned", mode), numbered("planned_too", mode)]).lines;
  const catalog = await place.file("catalog.json", catalogLine);
  const setup = (...more: string[]) => place.run(["setup", "--catalog", catalog, ...more]);
  const dry = await setup("--dry-run");
  if (dry.code === 2) throw new NotApplicable("It has no setup.");
  const [wet, again] = [await setup(), await setup()];
  for (const each of [dry, wet, again]) expectCode(trial, each, { codes: [0], what: "setup" });
  if (dry.stdout.trim() === "") problem("The dry run of a first setup printed nothing.");
  if (wet.stdout !== dry.stdout) problem("setup did something else than its dry run had said.");
  if (again.stdout.trim() !== "") problem(`A second setup was not without effect: ${again.stdout.slice(0, 200)}`);
}
