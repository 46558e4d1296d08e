import type { Stream } from "@sluice/protocol";
import type { Check, Trial } from "../kit/check.ts";
import { NotApplicable } from "../kit/problem.ts";
import { records } from "../processes/output-line.ts";
import { properties, validatorOf, violations } from "./schema.ts";
import {
  catalogFile,
  difference,
  endings,
  expectExit,
  facts,
  folded,
  fullRead,
  lastWords,
  read,
  streamsOf,
} from "./source-runs.ts";

const SOURCE = ["source"] as const;

export const readChecks: readonly Check[] = [
  {
    id: "R1",
    level: 1,
    kinds: SOURCE,
    title: "a read begins with its catalog, and each record is of a stream in it and satisfies that stream's schema",
    fix: "Print the catalog first, declare each property with the type that it has, and null where it may be null.",
    defect: "sends text in a property of whole numbers",
    run: validRecords,
  },
  {
    id: "R2",
    level: 1,
    kinds: SOURCE,
    title: "primary keys are there and unique",
    fix: "Declare as primary_key what identifies a record, and send each once a read, or with a version that grows.",
    defect: "sends a record twice",
    run: uniqueKeys,
  },
  {
    id: "R3",
    level: 3,
    kinds: SOURCE,
    title: "every property of the schemas is filled at least once",
    fix: "Fill the test account, or take out of the schema what never comes.",
    defect: "never fills a property",
    run: coverage,
  },
  {
    id: "R4",
    level: 1,
    kinds: SOURCE,
    title: "each stream has its started, and one terminal status behind its last record",
    fix: 'Print stream_status "started" before a stream\'s records, and "complete" behind them, once.',
    defect: "leaves out the complete of a stream",
    run: statusesInOrder,
  },
  {
    id: "R5",
    level: 1,
    kinds: SOURCE,
    title: "states follow what they cover, are numbered without a gap, and count right",
    fix: "Number states from 1 over all streams, and put into records how many records of the stream you have printed.",
    defect: "counts a record too many",
    run: countedStates,
  },
  {
    id: "R7",
    level: 1,
    kinds: SOURCE,
    title: "two reads give the same, a catalog selects, and a stream that does not exist is refused",
    fix: "Read the streams of --catalog only, in a fixed order, and exit 10 for one that there is none of.",
    defect: "reads everything, whatever --catalog says",
    run: selection,
  },
  {
    id: "R9",
    level: 1,
    kinds: SOURCE,
    title: "a read gives all that there is, also where many records have the same cursor",
    fix: "Page by (cursor, key), or ask for >= the last cursor and drop what came before.",
    defect: "loses records with the same cursor at the end of a page",
    run: wholeTruth,
  },
];

async function validRecords(trial: Trial): Promise<void> {
  const { subject, problem } = trial;
  const run = await fullRead(subject);
  const { lines } = run;
  expectExit(trial, run, { code: 0, what: "A read" });
  for (const { flaw } of lines) if (flaw !== undefined) problem(flaw);
  if (lines[0]?.line?.kind !== "message" || lines[0].line.message.type !== "catalog")
    problem("The first line is no catalog.");
  const found = records(lines);
  if (found.length === 0)
    return problem("There was no record: nothing is proved; configure it for an account with some.");
  const validators = new Map(
    (await streamsOf(subject)).map((stream) => [stream.name, validatorOf(stream.json_schema)]),
  );
  const told = new Set<string>();
  const { versions: areVersioned } = await subject.capabilities();
  for (const { stream, op, version, data, lineNumber } of found) {
    if (areVersioned === true && version === undefined)
      told.add(`It declares versions, and a record of "${stream}" is without a version.`);
    const validate = validators.get(stream);
    if (validate === undefined)
      told.add(`Line ${lineNumber} is a record of "${stream}", which the catalog does not have.`);
    else if (typeof validate !== "string" && op !== "delete" && !validate(JSON.parse(data.toString()))) {
      for (const violation of violations(validate))
        told.add(`A record of "${stream}" does not satisfy its schema: ${violation}.`);
    }
  }
  for (const sentence of told) problem(sentence);
}

async function uniqueKeys({ subject, problem }: Trial): Promise<void> {
  const streams = await streamsOf(subject);
  const keyed = streams.filter(({ primary_key: key = [] }) => key.length > 0);
  if (keyed.length === 0) throw new NotApplicable("No stream has a primary key.");
  const { lines } = await fullRead(subject);
  const seen = new Set<string>();
  for (const { stream, key, version } of facts(lines, streams)) {
    if (!keyed.some(({ name }) => name === stream)) continue;
    if (JSON.parse(key).includes(null)) problem(`A record of "${stream}" has no key.`);
    const id = `${stream} ${key} ${version}`;
    if (seen.has(id))
      problem(`"${stream}" has two records with the key ${key.slice(0, 80)}, and no version tells them apart.`);
    seen.add(id);
  }
}

async function coverage({ subject, problem }: Trial): Promise<void> {
  const { lines } = await fullRead(subject);
  const rows = Map.groupBy(records(lines), ({ stream }) => stream);
  for (const { name, json_schema: schema } of await streamsOf(subject)) {
    const filled = new Set<string>();
    for (const { data } of rows.get(name) ?? []) {
      for (const [property, value] of Object.entries(JSON.parse(data.toString())))
        if (value !== null) filled.add(property);
    }
    const empty = properties(schema).filter(({ path }) => !path.includes(".") && path !== "*" && !filled.has(path));
    if (empty.length > 0) problem(`"${name}" never fills ${empty.map(({ path }) => path).join(", ")}.`);
  }
}

async function statusesInOrder({ subject, problem }: Trial): Promise<void> {
  const { lines } = await fullRead(subject);
  const started = new Set<string>();
  const ended = new Set<string>();
  for (const { line } of lines) {
    if (line?.kind === "record") {
      if (!started.has(line.stream)) problem(`"${line.stream}" has a record before its started.`);
      if (ended.has(line.stream)) problem(`"${line.stream}" has a record behind its end.`);
      started.add(line.stream);
    }
    if (line?.kind !== "message" || line.message.type !== "stream_status") continue;
    const { stream, status } = line.message.stream_status;
    if (status === "started") started.add(stream);
    else if (status !== "running") {
      if (ended.has(stream)) problem(`"${stream}" ends twice.`);
      ended.add(stream);
    }
  }
  for (const { name } of await streamsOf(subject)) if (!ended.has(name)) problem(`"${name}" has no terminal status.`);
  for (const { stream, status } of endings(lines)) {
    if (status !== "complete" && status !== "skipped") problem(`"${stream}" ended ${status}.`);
  }
}

async function countedStates({ subject, problem }: Trial): Promise<void> {
  const { lines } = await fullRead(subject);
  const { incremental } = await subject.capabilities();
  const counts = new Map<string, number>();
  const covered = new Set<string>();
  let seq: number | undefined;
  const compare = (stream: string, told: number, what: string) => {
    const sent = counts.get(stream) ?? 0;
    if (told !== sent) problem(`${what} says that ${told} records of "${stream}" were sent; it were ${sent}.`);
  };
  for (const { line } of lines) {
    if (line?.kind === "record") counts.set(line.stream, (counts.get(line.stream) ?? 0) + 1);
    if (line?.kind !== "message") continue;
    const { message } = line;
    if (message.type === "stream_status" && message.stream_status.records !== undefined) {
      compare(
        message.stream_status.stream,
        message.stream_status.records,
        `The ${message.stream_status.status} status`,
      );
    }
    if (message.type !== "state") continue;
    const { state } = message;
    if (seq !== undefined && state.seq !== seq + 1) problem(`State ${state.seq} stands behind state ${seq}.`);
    seq = state.seq;
    for (const stream of state.stream === undefined ? counts.keys() : [state.stream]) covered.add(stream);
    for (const [stream, told] of Object.entries(state.records ?? {})) compare(stream, told, `State ${state.seq}`);
  }
  if (incremental !== true) return;
  for (const stream of counts.keys()) if (!covered.has(stream)) problem(`"${stream}" has records and no state.`);
}

async function selection(trial: Trial): Promise<void> {
  const { subject, problem, random } = trial;
  const streams = await streamsOf(subject);
  const place = await subject.sharedPlace();
  const [first, second] = [await fullRead(subject), await read(subject, place)];
  const differs = difference(folded(facts(second.lines, streams)), folded(facts(first.lines, streams)));
  if (differs !== undefined) problem(`A second read gave something else: ${differs}.`);
  if (streams.length > 1) {
    const chosen = random.pick(streams);
    const subset = await place.run(["read", "--catalog", await catalogFile(subject, place, [chosen])]);
    const others = new Set(
      records(subset.lines)
        .map(({ stream }) => stream)
        .filter((stream) => stream !== chosen.name),
    );
    if (others.size > 0)
      problem(`A catalog with "${chosen.name}" alone gave records of ${[...others].join(", ")}, too.`);
    expectExit(trial, subset, { code: 0, what: "A read of one stream" });
  }
  const [some] = streams;
  const catalog = { type: "catalog", catalog: { streams: [{ ...some, name: "no_such_stream" }] } };
  const unknown = await place.run(["read", "--catalog", await place.file("unknown.json", JSON.stringify(catalog))]);
  const isRefused = unknown.code !== 0 && unknown.code !== 1;
  if (!isRefused)
    problem(`A catalog with a stream that does not exist ended with exit code ${unknown.code}: ${lastWords(unknown)}`);
  if (records(unknown.lines).length > 0) problem("A stream that does not exist gave records.");
}

async function wholeTruth({ subject, problem, note }: Trial): Promise<void> {
  const streams = (await streamsOf(subject)).filter(({ cursor_field: cursor }) => cursor !== undefined);
  if (streams.length === 0) throw new NotApplicable("No stream has a cursor.");
  const place = await subject.sharedPlace();
  const { lines } = await fullRead(subject);
  const found = Map.groupBy(facts(lines, streams), ({ stream }) => stream);
  let ties = 0;
  for (const stream of streams) {
    const rows = await place.rows(stream.name);
    ties += rows.length - new Set(rows.map((row) => cursorOf(row, stream))).size;
    const truth = new Map(rows.map((row) => [`${stream.name} ${keyIn(row, stream)}`, row]));
    const differs = difference(folded(found.get(stream.name) ?? []), truth);
    if (differs !== undefined)
      problem(`A read of "${stream.name}" is not what the plan's rows command prints: ${differs}.`);
  }
  if (ties === 0) problem("No two rows have the same cursor: nothing is proved; put such rows into the test account.");
  else note(`${ties} rows share their cursor with another.`);
}

function cursorOf(row: string, { cursor_field: cursor = "" }: Stream): string {
  return JSON.stringify(Object(JSON.parse(row))[cursor]);
}

function keyIn(row: string, { primary_key: key = [] }: Stream): string {
  return key.length === 0 ? row : JSON.stringify(key.map((name): unknown => Object(JSON.parse(row))[name]));
}
