import { resolve } from "node:path";
import type { Stream } from "@sluice/protocol";
import type { Check, Trial } from "../kit/check.ts";
import { jsonFile } from "../kit/plan.ts";
import { NotApplicable } from "../kit/problem.ts";
import { payloads } from "../processes/output-line.ts";
import { isSchema, properties, typesOf, validatorOf } from "./schema.ts";
import { discoverRun, streamsOf } from "./source-runs.ts";

const SOURCE = ["source"] as const;
const TYPES = new Set(["string", "integer", "number", "boolean", "object", "array", "null"]);
const SCALARS = new Set(["string", "integer", "number", "boolean", "null"]);

export const discoverChecks: readonly Check[] = [
  {
    id: "D1",
    level: 1,
    kinds: SOURCE,
    title: "discover prints one catalog: names are unique, schemas valid, keys and cursors exist and are scalars",
    fix: "Print one catalog message; name only properties that the stream's json_schema has.",
    defect: "names a cursor that its schema does not have",
    run: soundCatalog,
  },
  {
    id: "D2",
    level: 1,
    kinds: SOURCE,
    title: "discover gives the same bytes twice",
    fix: "Sort streams and properties, and leave out times and random ids.",
    defect: "puts the time of the listing into each stream",
    run: sameTwice,
  },
  {
    id: "D3",
    level: 2,
    kinds: SOURCE,
    title: "the catalog still has what it had in the last release",
    fix: "Keep streams, properties, keys and cursors; what is gone at the API may stay and be null.",
    defect: "has a property less than before",
    run: compatibleCatalog,
  },
  {
    id: "D4",
    level: 1,
    kinds: SOURCE,
    title: "the types in its schemas are those of JSON Schema, so that destinations have a column for each",
    fix: "Use string, integer, number, boolean, object, array and null; put finer things into format.",
    defect: "declares a property of type foo",
    run: knownTypes,
  },
];

async function soundCatalog({ subject, problem }: Trial): Promise<void> {
  const { lines, code } = await discoverRun(subject);
  if (code !== 0) problem(`"discover" ended with exit code ${code}.`);
  if (payloads(lines, "catalog").length !== 1 || lines.length !== 1)
    problem(`"discover" printed ${lines.length} lines, not one catalog.`);
  const streams = await streamsOf(subject);
  if (streams.length === 0) problem("The catalog has no stream.");
  const names = streams.map(({ name }) => name);
  for (const name of new Set(names.filter((each, index) => names.indexOf(each) !== index))) {
    problem(`The stream "${name}" is there twice.`);
  }
  for (const stream of streams) for (const flaw of flawsOf(stream)) problem(`The stream "${stream.name}" ${flaw}`);
}

function flawsOf({ json_schema: schema, primary_key: key = [], cursor_field: cursor }: Stream): string[] {
  const found = validatorOf(schema);
  if (typeof found === "string" && !/unknown type|type must be|must be equal to one of/.test(found)) {
    return [`has no valid schema: ${found}`];
  }
  const members = Object(schema["properties"]);
  return [...key.map((name) => ["primary key", name] as const), ["cursor", cursor] as const].flatMap(([role, name]) => {
    if (name === undefined) return [];
    const member: unknown = Object.hasOwn(members, name) ? members[name] : undefined;
    if (!isSchema(member)) return [`names the ${role} "${name}", which its schema does not have.`];
    const types = typesOf(member);
    return types.some((type) => TYPES.has(type) && !SCALARS.has(type))
      ? [`has the ${role} "${name}", which is no scalar.`]
      : [];
  });
}

async function sameTwice({ subject, problem }: Trial): Promise<void> {
  const [first, second] = await Promise.all([
    discoverRun(subject),
    subject.sharedPlace().then((place) => place.run(["discover"])),
  ]);
  if (first.stdout !== second.stdout) problem("Two runs of discover printed different catalogs.");
}

async function compatibleCatalog({ subject, problem }: Trial): Promise<void> {
  const { previous_catalog: file } = subject.plan;
  if (file === undefined)
    throw new NotApplicable('The plan names no "previous_catalog": there is no release to compare with.');
  const message = jsonFile(resolve(subject.planFolder, file));
  const before = Object(message["catalog"] ?? message).streams as Stream[];
  const now = new Map((await streamsOf(subject)).map((stream) => [stream.name, stream]));
  for (const old of before) {
    const stream = now.get(old.name);
    if (stream === undefined) {
      problem(`The stream "${old.name}" is gone.`);
      continue;
    }
    const kept = new Map(properties(stream.json_schema).map(({ path, schema }) => [path, schema]));
    for (const { path, schema } of properties(old.json_schema)) {
      const found = kept.get(path);
      if (found === undefined) problem(`The stream "${old.name}" has lost its property "${path}".`);
      else if (String(typesOf(found)) !== String(typesOf(schema)))
        problem(`"${path}" of "${old.name}" has another type.`);
    }
    if (String(old.primary_key) !== String(stream.primary_key))
      problem(`The stream "${old.name}" has another primary key.`);
    if (old.cursor_field !== stream.cursor_field) problem(`The stream "${old.name}" has another cursor.`);
  }
}

async function knownTypes({ subject, problem }: Trial): Promise<void> {
  for (const { name, json_schema: schema } of await streamsOf(subject)) {
    for (const { path, schema: member } of properties(schema)) {
      for (const type of typesOf(member))
        if (!TYPES.has(type)) problem(`"${path}" of "${name}" has the type "${type}".`);
    }
  }
}
