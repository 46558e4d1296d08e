import { resolve } from "node:path";
import { payloads } from "../processes/output-line.ts";
import type { Check, Trial } from "../kit/check.ts";
import { jsonFile } from "../kit/plan.ts";
import { NotApplicable } from "../kit/problem.ts";
import {
  isSchema,
  properties,
  resolved,
  typesOf,
  validatorOf,
  valuesAt,
  violations,
  type JsonSchema,
} from "./schema.ts";

const BOTH = ["source", "destination"] as const;
const SECRET_NAME = /(^|_)(api_?key|secret|token|password|passphrase|passwd|private_?key|credentials?)$/i;
const SECRET_BITS_PER_LETTER = 3.2;
const SECRET_LETTERS = 20;

export const specChecks: readonly Check[] = [
  {
    id: "S1",
    level: 1,
    kinds: BOTH,
    title: "spec prints one message, whose schema the tested configuration satisfies",
    fix: 'Print exactly one line {"type":"spec",…} and exit 0; put a valid JSON Schema into "config".',
    defect: "prints its spec twice",
    run: oneSpec,
  },
  {
    id: "S2",
    level: 1,
    kinds: BOTH,
    title: "secrets are marked in the schema and have no default",
    fix: 'Add "secret": true to the property, so that it is masked everywhere and gets no flag; take its default away.',
    defect: "does not mark its token as secret",
    run: markedSecrets,
  },
  {
    id: "S3",
    level: 2,
    kinds: BOTH,
    title: "alternatives in the schema can be told apart, and forms can be made of it",
    fix: "Give each alternative a property with a const of its own, each array its items, and resolve each $ref.",
    defect: "offers two alternatives without a const that tells them apart",
    run: usableSchema,
  },
  {
    id: "S4",
    level: 1,
    kinds: BOTH,
    title: "configurations of the last release are still valid",
    fix: "Give the new field a default, and accept what was accepted before.",
    defect: "requires a field that it did not know before",
    run: compatibleSpec,
  },
  {
    id: "S5",
    level: 1,
    kinds: BOTH,
    title: "protocol version, name, version and capabilities are declared",
    fix: 'Print protocol_version 1, connector {name, version, kind} and capabilities in "spec"; {} where there are none.',
    defect: "declares no capabilities",
    run: declared,
  },
];

async function oneSpec({ subject, problem }: Trial): Promise<void> {
  const { code, lines } = await subject.specRun();
  if (code !== 0) problem(`"spec" ended with exit code ${code}.`);
  if (lines.length !== 1) problem(`"spec" printed ${lines.length} lines, not one.`);
  const { config } = await subject.spec();
  const validate = validatorOf(config);
  if (typeof validate === "string") return problem(`"config" is no JSON Schema: ${validate}`);
  const place = await subject.sharedPlace();
  if (validate(place.config)) return;
  for (const violation of violations(validate))
    problem(`The tested configuration does not satisfy the schema: ${violation}.`);
}

async function markedSecrets({ subject, problem }: Trial): Promise<void> {
  const { config } = await subject.spec();
  const tested = (await subject.sharedPlace()).config;
  for (const { path, name, schema } of properties(config)) {
    const isMarked = schema["secret"] === true;
    const isText = typesOf(schema).includes("string");
    if (!isMarked && isText && SECRET_NAME.test(name))
      problem(`"${path}" has the name of a secret and is not marked as one.`);
    if (!isMarked && valuesAt(tested, path).some(looksSecret))
      problem(`"${path}" holds what looks like a secret and is not marked as one.`);
    const value = schema["default"];
    if (isMarked && value !== undefined && value !== null && value !== "")
      problem(`The secret "${path}" has a default.`);
  }
}

/** A word of many different letters and digits, as keys are and paths are not. */
function looksSecret(value: unknown): boolean {
  if (typeof value !== "string" || value.length < SECRET_LETTERS || !/^[\w+=-]+$/.test(value)) return false;
  if (!/\d/.test(value) || !/[a-z]/i.test(value)) return false;
  const counts = Map.groupBy(value, (letter) => letter).values();
  const bits = [...counts].reduce(
    (sum, { length }) => sum - (length / value.length) * Math.log2(length / value.length),
    0,
  );
  return bits > SECRET_BITS_PER_LETTER;
}

async function usableSchema({ subject, problem }: Trial): Promise<void> {
  const { config } = await subject.spec();
  const all = [{ path: "config", name: "", schema: config }, ...properties(config)];
  for (const { path, schema } of all) {
    const alternatives = [schema["oneOf"], schema["anyOf"]].find(Array.isArray)?.filter(isSchema) ?? [];
    const objects = alternatives
      .map((each) => resolved(each, config))
      .filter((each) => typesOf(each).includes("object"));
    if (objects.length > 1 && !areApart(objects))
      problem(`The alternatives of "${path}" have no const that tells them apart.`);
    if (typesOf(schema).includes("array") && schema["items"] === undefined)
      problem(`The array "${path}" does not say what is in it.`);
    if (schema["enum"] !== undefined && !isFullArray(schema["enum"])) problem(`The enum of "${path}" has no values.`);
    const reference = schema["$ref"];
    if (typeof reference === "string" && !reference.startsWith("#/"))
      problem(`"${path}" refers to ${reference}, outside of the schema.`);
  }
}

function areApart(alternatives: readonly JsonSchema[]): boolean {
  const constants = alternatives.map((each) => {
    const found = Object.entries(Object(each["properties"])).filter(([, schema]) => Object(schema).const !== undefined);
    return new Map(found.map(([name, schema]) => [name, Object(schema).const]));
  });
  const names = [...(constants[0]?.keys() ?? [])];
  return names.some((name) => new Set(constants.map((each) => each.get(name) as unknown)).size === alternatives.length);
}

function isFullArray(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

async function compatibleSpec({ subject, problem }: Trial): Promise<void> {
  const { previous_spec: file } = subject.plan;
  if (file === undefined)
    throw new NotApplicable('The plan names no "previous_spec": there is no release to compare with.');
  const before = previousConfig(jsonFile(resolve(subject.planFolder, file)));
  const now = validatorOf((await subject.spec()).config);
  if (typeof now === "string") return problem(`"config" is no JSON Schema: ${now}`);
  for (const config of [(await subject.sharedPlace()).config, ...generatedConfigs(before)]) {
    const then = validatorOf(before);
    if (typeof then === "string" || !then(config) || now(config)) continue;
    for (const violation of violations(now)) problem(`A configuration that was valid is not any more: ${violation}.`);
  }
}

function previousConfig(message: Record<string, unknown>): JsonSchema {
  const { config } = Object(message["spec"] ?? message);
  return isSchema(config) ? config : {};
}

/** Yields configurations of a schema: with the required fields only, with all, and with each of the others alone. */
function generatedConfigs(schema: JsonSchema): object[] {
  const fields = Object.entries(Object(schema["properties"])).filter(([, field]) => isSchema(field));
  const required = new Set(Array.isArray(schema["required"]) ? schema["required"].map(String) : []);
  const build = (isIn: (name: string) => boolean) =>
    Object.fromEntries(
      fields.filter(([name]) => isIn(name)).map(([name, field]) => [name, exampleOf(field as JsonSchema)]),
    );
  const optional = fields.map(([name]) => name).filter((name) => !required.has(name));
  return [
    build((name) => required.has(name)),
    build(() => true),
    ...optional.map((only) => build((name) => required.has(name) || name === only)),
  ];
}

function exampleOf(schema: JsonSchema): unknown {
  const { const: constant, default: value, enum: values, minimum } = schema;
  if (constant !== undefined) return constant;
  if (value !== undefined) return value;
  if (Array.isArray(values)) return values[0];
  switch (typesOf(schema)[0]) {
    case "string":
      return schema["format"] === "uri" ? "http://localhost" : "a";
    case "integer":
    case "number":
      return typeof minimum === "number" ? minimum : 1;
    case "boolean":
      return true;
    case "array":
      return [];
    case "object":
      return generatedConfigs(schema)[0];
    default:
      return "a";
  }
}

async function declared({ subject, problem }: Trial): Promise<void> {
  const { lines } = await subject.specRun();
  for (const { flaw } of lines) if (flaw !== undefined) problem(flaw);
  const [spec] = payloads(lines, "spec");
  if (spec === undefined)
    return problem('"spec" printed no spec message that names protocol version, connector and capabilities.');
  if (!/^(source|destination)-[a-z0-9-]+$/.test(spec.connector.name)) {
    problem(`The name "${spec.connector.name}" does not begin with source- or destination-.`);
  }
  if (spec.connector.version === "") problem("The version is empty.");
  if (spec.connector.kind === "destination" && (spec.capabilities.modes ?? []).length === 0) {
    problem('A destination declares the "modes" that it can write.');
  }
}
