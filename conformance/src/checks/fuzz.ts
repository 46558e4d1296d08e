import fc from "fast-check";
import { Feed, type FeedStream } from "../kit/feed.ts";
import type { Check, Trial } from "../kit/check.ts";
import { payloads } from "../processes/output-line.ts";
import { loadModes, rowDifference } from "./destination-runs.ts";
import { lastWords } from "./source-runs.ts";

const STREAMS = 6;
const RUNS = 3;
const SHRINKING_MS = 15_000;

export const fuzzChecks: readonly Check[] = [
  {
    id: "Z1",
    level: 1,
    kinds: ["destination"],
    title: "random records of random schemas are read back equal, or were rejected",
    fix: "Look at the smallest failing schema and record in the report; repeat it with its seed.",
    defect: "loses fields that are null",
    run: roundTrip,
  },
];

type Field = { name: string; schema: object; values: fc.Arbitrary<unknown> };
type Load = { schema: object; rows: object[] };

const integers = fc.oneof(fc.integer(), fc.maxSafeInteger());
const texts = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.string({ maxLength: 300 }),
);
const kinds: readonly { schema: object; values: fc.Arbitrary<unknown> }[] = [
  { schema: { type: "integer" }, values: integers },
  { schema: { type: "number" }, values: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), integers) },
  { schema: { type: "string" }, values: texts },
  { schema: { type: "boolean" }, values: fc.boolean() },
  { schema: { type: "object" }, values: fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue({ maxDepth: 3 })) },
  { schema: { type: "array", items: {} }, values: fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 5 }) },
  { schema: {}, values: fc.jsonValue({ maxDepth: 3 }) },
];

const fields: fc.Arbitrary<Field> = fc
  .tuple(
    fc.oneof(fc.stringMatching(/^[a-z][a-z0-9_]{0,70}$/), fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" })),
    fc.constantFrom(...kinds),
  )
  .map(([name, kind]) => ({ name: name === "id" ? "id_" : name, ...kind }));

const loads: fc.Arbitrary<Load> = fc
  .uniqueArray(fields, { maxLength: 8, selector: ({ name }) => name })
  .chain((chosen) => {
    const nullable = chosen.map(({ name, values }) => [name, fc.option(values)] as const);
    const row = fc.record(Object.fromEntries(nullable), { requiredKeys: [], noNullPrototype: true });
    const properties = Object.fromEntries(chosen.map(({ name, schema }) => [name, withNull(schema)]));
    const schema = { type: "object", properties: { id: { type: "integer" }, ...properties } };
    return fc
      .array(row, { maxLength: 12 })
      .map((rows) => ({ schema, rows: rows.map((each, id) => ({ ...each, id })) }));
  });

function withNull(schema: object): object {
  const { type } = schema as { type?: string };
  return type === undefined ? schema : { ...schema, type: [type, "null"] };
}

async function roundTrip(trial: Trial): Promise<void> {
  const { subject, seed, problem } = trial;
  const modes = await loadModes(subject);
  const property = fc.asyncProperty(
    fc.array(loads, { minLength: 1, maxLength: STREAMS }),
    fc.constantFrom(...modes),
    async (all, mode) => {
      const flaw = await flawOf(trial, { loads: all, mode });
      if (flaw !== undefined) throw new Error(flaw);
    },
  );
  const found = await fc.check(property, { seed, numRuns: RUNS, interruptAfterTimeLimit: SHRINKING_MS });
  if (!found.failed || found.counterexample === null) return;
  const [smallest, mode] = found.counterexample;
  const reason = found.errorInstance instanceof Error ? found.errorInstance.message : "";
  const shown = JSON.stringify(smallest.filter(({ rows }) => rows.length > 0)).slice(0, 600);
  problem(`${reason} In ${mode}, the smallest load that shows it: ${shown}`);
}

/** Stores loads, a stream each, and yields in a sentence what is not as it was. */
async function flawOf(
  { subject }: Trial,
  { loads: all, mode }: { loads: readonly Load[]; mode: FeedStream["mode"] },
): Promise<string | undefined> {
  const place = await subject.newPlace();
  const streams = all.map(({ schema }, index): FeedStream => ({
    name: `random_${index}`,
    ...(mode === undefined ? {} : { mode }),
    json_schema: schema as Record<string, unknown>,
    primary_key: ["id"],
  }));
  const feed = new Feed().catalog(streams);
  for (const [index, { rows }] of all.entries()) {
    const name = `random_${index}`;
    feed.started(name);
    for (const row of rows) feed.record(name, row, { version: 1 });
    feed.state(name).complete(name);
  }
  const ended = await place.write(feed);
  if (ended.code !== 0) return `It ended with exit code ${ended.code}: ${lastWords(ended)}`;
  const rejected = payloads(ended.lines, "rejected");
  for (const [index, { rows }] of all.entries()) {
    const name = `random_${index}`;
    const gone = new Set(rejected.filter(({ stream }) => stream === name).map(({ data }) => Number(Object(data).id)));
    const wanted = rows
      .filter((row) => !gone.has(Number(Object(row).id)))
      .map((row) => subject.comparable(JSON.stringify(row)));
    const differs = rowDifference(await place.rows(name), wanted);
    if (differs !== undefined) return `${differs}.`;
  }
  return undefined;
}
