import { Feed, type FeedStream } from "../kit/feed.ts";
import type { Check, Trial } from "../kit/check.ts";
import type { Place } from "../kit/place.ts";
import type { Ended } from "../processes/connector-process.ts";
import { payloads } from "../processes/output-line.ts";
import {
  anyMode,
  comparableRows,
  expectCode,
  expectGood,
  expectRows,
  loadModes,
  rowDifference,
} from "./destination-runs.ts";
import { lastWords } from "./source-runs.ts";

const DESTINATION = ["destination"] as const;
const WIDE = 1600;
const HUGE_BYTES = 8 * 1024 * 1024;

export const valueChecks: readonly Check[] = [
  {
    id: "W4",
    level: 1,
    kinds: DESTINATION,
    title: "a catalog in the middle of a load changes the schema for what follows, and takes new streams",
    fix: "Store what is buffered under the old schema first; open the streams that are new; never drop a record.",
    defect: "stores what was buffered under the new schema, without what that has not",
    run: evolution,
  },
  {
    id: "W5",
    level: 1,
    kinds: DESTINATION,
    title: "names of any length, case and letters are kept apart, or refused before anything is stored",
    fix: "Quote names, cut them on a character with a hash behind, and resolve twins; or exit 10 and say which name.",
    defect: "cuts names at 63 bytes, so that two streams become one",
    run: names,
  },
  {
    id: "W6",
    level: 1,
    kinds: DESTINATION,
    title: "hard values are kept to the digit, or rejected and told; none is changed in silence",
    fix: "Pass the bytes of data on and parse no number into a float; reject what the store cannot hold.",
    defect: "reads numbers as floats",
    run: values,
  },
  {
    id: "W7",
    level: 1,
    kinds: DESTINATION,
    title: "wide and huge rows, and many of them, are stored, or refused in words",
    fix: "Split batches by rows, bytes and parameters; say what is too wide before anything moves.",
    defect: "keeps the first hundred fields of a row only",
    run: sizes,
  },
];

async function evolution(trial: Trial): Promise<void> {
  const { subject } = trial;
  const evolves = (await subject.capabilities()).schema_evolution === true;
  for (const mode of await loadModes(subject)) {
    const place = await subject.newPlace();
    const stream = (properties: object): FeedStream => ({
      name: "evolving",
      mode,
      json_schema: { type: "object", properties: { id: { type: "integer" }, ...properties } },
      primary_key: ["id"],
    });
    const integer = { type: "integer" };
    const late: FeedStream = { ...stream({}), name: "late" };
    const rows = [
      { id: 1, a: 1 },
      { id: 2, a: 2 },
      { id: 3, a: 3, b: "new" },
      ...(evolves ? [{ id: 4, a: 0.5, b: "wide" }] : []),
      { id: 5, b: "narrow" },
    ];
    const feed = new Feed().catalog([stream({ a: integer })]).started("evolving");
    const add = (index: number) => feed.record("evolving", rows[index], { version: index + 1 });
    // buffered when the schema changes
    add(0);
    add(1);
    feed.catalog([stream({ a: integer, b: { type: "string" } })]);
    add(2);
    if (evolves) {
      feed.catalog([stream({ a: { type: "number" }, b: { type: "string" } })]);
      add(3);
    }
    feed.catalog([stream({ b: { type: "string" } }), late]);
    add(rows.length - 1);
    feed
      .state("evolving")
      .complete("evolving")
      .started("late")
      .record("late", { id: 9 })
      .state("late")
      .complete("late");
    expectGood(trial, await place.write(feed), `Of a schema that changes in ${mode}`);
    await expectRows(trial, place, { stream: "evolving", rows, what: `Of a schema that changes in ${mode}` });
    await expectRows(trial, place, {
      stream: "late",
      rows: [{ id: 9 }],
      what: `Of a stream that came late in ${mode}`,
    });
  }
}

async function names(trial: Trial): Promise<void> {
  const { subject, problem } = trial;
  const mode = await anyMode(subject);
  const long = "n".repeat(62);
  const groups = [
    ["select", "user", "order"],
    [`${long}_first`, `${long}_second`],
    ["twin", "Twin", "TWIN"],
    ["with space", "with.dot", 'with"quote', "with'quote", "with\\slash"],
    ["ünïcode", "日本語", `${"é".repeat(31)}a`, `${"é".repeat(31)}b`],
    ["xmin", "_version", "_raw", "ctid"],
  ];
  for (const group of groups) {
    const place = await subject.newPlace();
    const properties = Object.fromEntries(group.map((name) => [name, { type: "string" }]));
    const rowOf = (name: string) => ({
      id: 1,
      ...Object.fromEntries(group.map((field) => [field, `${name}: ${field}`])),
    });
    const streams = group.map((name) => ({
      name,
      mode,
      json_schema: { type: "object", properties: { id: { type: "integer" }, ...properties } },
      primary_key: ["id"],
    }));
    const feed = new Feed().catalog(streams);
    for (const name of group) feed.started(name).record(name, rowOf(name)).state(name).complete(name);
    const ended = await place.write(feed);
    const shown = group.map((name) => JSON.stringify(name)).join(", ");
    if (ended.code === 10) {
      if (lastWords(ended) === "") problem(`The names ${shown} are refused without a word.`);
      continue;
    }
    expectGood(trial, ended, `Of the names ${shown}`);
    for (const name of group)
      await expectRows(trial, place, {
        stream: name,
        rows: [rowOf(name)],
        what: `Of the stream ${JSON.stringify(name)}`,
      });
  }
}

/** Values that programs like to change: the data of a record each, as text, because not all can be written from here. */
const HARD_VALUES: readonly string[] = [
  '{"id":1,"integer":9007199254740993}',
  '{"id":2,"integer":-9223372036854775808}',
  '{"id":3,"integer":9223372036854775808}',
  '{"id":4,"number":1.10}',
  '{"id":5,"number":0.1234567890123456789012345678901234567890}',
  '{"id":6,"number":1e400}',
  '{"id":7,"number":-0.0}',
  '{"id":8,"number":123456789012345678901234567890.12345}',
  '{"id":9,"text":"\\u0000"}',
  '{"id":10,"text":"\\ud800"}',
  '{"id":11,"text":"\u2028\u2029\u0085\\u000b\\t\\r\\n\\\\.\\""}',
  '{"id":12,"text":"e\u0301 \u00e9 \ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67 \u202eabc"}',
  '{"id":13,"text":"\\\\N"}',
  '{"id":14,"text":""}',
  '{"id":15,"integer":""}',
  '{"id":16,"at":"2024-02-30T00:00:00Z"}',
  '{"id":17,"at":"0001-01-01T00:00:00Z"}',
  '{"id":18,"at":"2016-12-31T23:59:60Z"}',
  '{"id":19,"object":{"a":{"b":[1e-7,9007199254740993,null,{"":""}]}}}',
  '{"id":20,"object":null,"text":null}',
  '{"id":21,"__proto__":{"x":1},"constructor":1}',
  '{"id":22,"text":true}',
  '{"id":23,"flag":"yes"}',
  '{"id":24,"text":"__deep__"}',
];
const DEPTH = 200;

async function values(trial: Trial): Promise<void> {
  const { subject, random } = trial;
  const place = await subject.newPlace();
  const mode = await anyMode(subject);
  const deep = `{"id":24,"object":${'{"a":['.repeat(DEPTH)}1${"]}".repeat(DEPTH)}}`;
  const rows = HARD_VALUES.map((row) => (row.includes("__deep__") ? deep : row));
  const properties = {
    id: { type: "integer" },
    integer: { type: ["integer", "null"] },
    number: { type: ["number", "null"] },
    text: { type: ["string", "null"] },
    at: { type: ["string", "null"], format: "date-time" },
    object: { type: ["object", "null"] },
    flag: { type: ["boolean", "null"] },
  };
  const feed = new Feed().catalog([
    { name: "hard", mode, json_schema: { type: "object", properties }, primary_key: ["id"] },
  ]);
  feed.started("hard");
  for (const row of random.shuffled(rows)) feed.record("hard", row, { version: 1 });
  feed.state("hard").complete("hard");
  const ended = await place.write(feed);
  expectCode(trial, ended, { codes: [0], what: "Of hard values" });
  const rejected = rejectedIds(ended);
  await compareStored(
    trial,
    place,
    rows.filter((row) => !rejected.has(Object(JSON.parse(row)).id)),
  );
}

/** Yields what was told as rejected, by a key that every parser reads. */
function rejectedIds({ lines }: Ended): Set<number> {
  return new Set(payloads(lines, "rejected").map(({ data }) => Number(Object(data).id)));
}

async function compareStored({ subject, problem }: Trial, place: Place, rows: readonly string[]): Promise<void> {
  const differs = rowDifference(await place.rows("hard"), comparableRows(subject, rows));
  if (differs !== undefined) problem(`Values were changed or lost in silence: ${differs}.`);
}

async function sizes(trial: Trial): Promise<void> {
  const { subject } = trial;
  const mode = await anyMode(subject);
  const fields = (count: number) => Array.from({ length: count }, (_, index) => `field_${index}`);
  const wide = (name: string, count: number): FeedStream => ({
    name,
    mode,
    json_schema: {
      type: "object",
      properties: Object.fromEntries(["id", ...fields(count)].map((field) => [field, { type: "integer" }])),
    },
    primary_key: ["id"],
  });
  const rowOf = (id: number, count: number) => ({
    id,
    ...Object.fromEntries(fields(count).map((field, index) => [field, index])),
  });
  // 300 rows of 300 fields are more parameters than a statement may have
  const many = Array.from({ length: 300 }, (_, id) => rowOf(id, 300));
  const huge = [
    { id: 1, text: "x".repeat(HUGE_BYTES) },
    { id: 2, text: "small" },
  ];
  const loads = [
    { stream: wide("many", 300), rows: many, codes: [0] },
    { stream: wide("wide", WIDE + 100), rows: [rowOf(1, WIDE + 100)], codes: [0, 10] },
    { stream: { ...wide("huge", 0) }, rows: huge, codes: [0] },
  ];
  for (const { stream, rows, codes } of loads) {
    const place = await subject.newPlace();
    const feed = new Feed().catalog([stream]).started(stream.name);
    for (const row of rows) feed.record(stream.name, row, { version: 1 });
    const ended = await place.write(feed.state(stream.name).complete(stream.name));
    expectCode(trial, ended, { codes, what: `Of the ${stream.name} rows` });
    if (ended.code !== 0) continue;
    const refused = rejectedIds(ended);
    const stored = rows.filter(({ id }) => !refused.has(id));
    await expectRows(trial, place, { stream: stream.name, rows: stored, what: `Of the ${stream.name} rows` });
  }
}
