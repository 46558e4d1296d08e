import type { z } from "zod";
import { SluiceError } from "../failure.ts";
import { configFields, environmentName, flagName, type ConfigField } from "./config-fields.ts";
import { readJsonArgument } from "./config-source.ts";
import { rememberSecret } from "./secrets.ts";

export type ConfigSources = {
  /** The connector's name, which prefixes its environment variables. */
  connector: string;
  /** The argument of --config, if it was given. */
  file?: string | undefined;
  /** Values of flags by their name, such as "--base-url". */
  flags: ReadonlyMap<string, string>;
  env: NodeJS.ProcessEnv;
};

/** A problem of one field, worded for a person. */
export type FieldProblem = { path: string; message: string };

/** A configuration that does not hold; `fields` names each problem. */
export class ConfigError extends SluiceError {
  readonly fields: FieldProblem[];

  constructor(fields: FieldProblem[]) {
    super("config", fields.map(({ message }) => message).join(" "));
    this.fields = fields;
  }
}

/**
 * Yields the configuration: flags over the environment over the file, validated, its secrets remembered for masking.
 * Throws ConfigError, which names each bad field and the ways to set it.
 */
export async function loadConfig<T>(schema: z.ZodType<T>, sources: ConfigSources): Promise<T> {
  const raw = sources.file === undefined ? {} : await readJsonArgument({ flag: "--config", value: sources.file });
  const fields = configFields(schema);
  for (const field of fields) {
    const variable = environmentName(sources.connector, field.path);
    const fromFlag = field.secret ? undefined : sources.flags.get(flagName(field.path));
    // an empty variable is how a shell unsets one
    const fromEnvironment = sources.env[variable] === "" ? undefined : sources.env[variable];
    const text = fromFlag ?? fromEnvironment;
    if (text !== undefined) setPath(raw, field.path, coerce(field, text));
  }
  for (const field of fields.filter(({ secret }) => secret)) rememberAll(getPath(raw, field.path));
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  throw new ConfigError(
    result.error.issues.flatMap((issue) => describeIssue(issue, { raw, fields, connector: sources.connector })),
  );
}

type Described = { raw: Record<string, unknown>; fields: ConfigField[]; connector: string };

function describeIssue(issue: z.core.$ZodIssue, { raw, fields, connector }: Described): FieldProblem[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const full = [...path, key].join(".");
      return {
        path: full,
        message: `${full} is not a field of ${connector}'s configuration; remove it or correct its name.`,
      };
    });
  }
  const name = path.join(".");
  const inside = fields.filter((field) => path.every((key, index) => field.path[index] === key));
  const variable =
    inside.map((field) => environmentName(connector, field.path)).join(", ") || environmentName(connector, path);
  if (path.length > 0 && getPath(raw, path) === undefined) {
    const description = inside.find((field) => field.path.length === path.length)?.description ?? "";
    const what = description === "" ? "" : ` (${description.replace(/\.$/, "")})`;
    return [
      { path: name, message: `${name} is missing${what}: set ${variable}, or "${name}" in the file of --config.` },
    ];
  }
  if (path.length === 0) return [{ path: "", message: issue.message }];
  return [
    {
      path: name,
      message: `${name} is not right (${issue.message}): correct ${variable}, or "${name}" in the file of --config.`,
    },
  ];
}

/** A value that does not fit its type stays text, so that validation names the field. */
function coerce(field: ConfigField, text: string): unknown {
  switch (field.type) {
    case "string":
      return text;
    case "number":
      return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "json":
      try {
        return JSON.parse(text);
      } catch {
        // a union with a string: plain text is a value too
        return text;
      }
  }
}

function getPath(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, key) => (isRecord(node) ? node[key] : undefined), value);
}

function setPath(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first, ...rest] = path;
  if (first === undefined) return;
  if (rest.length === 0) {
    target[first] = value;
    return;
  }
  const child = target[first];
  const copy = isRecord(child) ? { ...child } : {};
  target[first] = copy;
  setPath(copy, rest, value);
}

function rememberAll(value: unknown): void {
  if (typeof value === "string") rememberSecret(value);
  else if (Array.isArray(value)) value.forEach(rememberAll);
  else if (isRecord(value)) Object.values(value).forEach(rememberAll);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
