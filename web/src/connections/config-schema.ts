import type { RJSFSchema, UiSchema } from "@rjsf/utils";
import { fieldWords } from "./names.ts";

/** A connector's configuration as a form: what may be given, and how each field is shown. */
export type ConfigForm = { schema: RJSFSchema; uiSchema: UiSchema };

type Value = unknown;
type Shown = { schema: RJSFSchema; ui: UiSchema };
type Place = { path: string[]; stored: readonly string[]; removed: readonly string[] };

/** Secrets that are stored, and those of them that are about to be removed, by their paths. */
export type StoredPaths = { stored: readonly string[]; removed: readonly string[] };

const NOTHING_STORED: StoredPaths = { stored: [], removed: [] };

/**
 * Yields the form of a connector's JSON Schema. Secrets are asked for blindly, and one that is stored need not be given
 * again. Defaults of texts and numbers stand in the empty field, so that they are not written down.
 */
export function configForm(
  config: Record<string, unknown>,
  { stored, removed }: StoredPaths = NOTHING_STORED,
): ConfigForm {
  const { schema, ui } = shown(config as RJSFSchema, { path: [], stored, removed });
  const names = Object.keys(schema.properties ?? {});
  const leading = names.filter((name) => schema.required?.includes(name) === true || stored.includes(name));
  const { title: _, ...untitled } = schema;
  return { schema: untitled, uiSchema: { ...ui, "ui:leading": leading.length > 0 ? leading : names.slice(0, 1) } };
}

/** Yields what a required field is filled with at first: the example that its schema gives. */
export function suggestedConfig({ schema }: ConfigForm): Record<string, unknown> {
  const suggestions = (schema.required ?? []).flatMap((name) => {
    const property = schema.properties?.[name];
    const example = typeof property === "object" ? property.examples : undefined;
    return Array.isArray(example) && example.length > 0 ? [[name, example[0]] as const] : [];
  });
  return Object.fromEntries(suggestions);
}

/** Yields a filled form without what is empty or only repeats a default. */
export function givenConfig({ schema }: ConfigForm, data: Record<string, unknown>): Record<string, unknown> {
  const given = Object.entries(data).flatMap(([name, value]) => {
    const property = schema.properties?.[name];
    const kept = givenValue(typeof property === "object" ? property : {}, value);
    return kept === undefined ? [] : [[name, kept] as const];
  });
  return Object.fromEntries(given);
}

/** Yields a given configuration with null, which takes it away, for each secret that is removed and was not given anew. */
export function withoutSecrets(config: Record<string, unknown>, removed: readonly string[]): Record<string, unknown> {
  return removed.reduce((whole, path) => withoutSecret(whole, path.split(".")), config);
}

function withoutSecret(config: Record<string, unknown>, [name = "", ...rest]: string[]): Record<string, unknown> {
  const inside = config[name];
  if (rest.length === 0) return { ...config, [name]: inside ?? null };
  return { ...config, [name]: withoutSecret(isObject(inside) ? inside : {}, rest) };
}

function givenValue(schema: RJSFSchema, value: Value): Value {
  if (value === undefined || value === "" || value === schema.default) return undefined;
  if (Array.isArray(value) && value.length === 0) return undefined;
  if (!isObject(value)) return value;
  const inside = givenConfig({ schema, uiSchema: {} }, value);
  return Object.keys(inside).length === 0 ? undefined : inside;
}

function shown(node: RJSFSchema, at: Place): Shown {
  const name = at.path.at(-1);
  const title = node.title ?? (name === undefined ? undefined : fieldWords(name));
  const named = { ...plainer(node), ...(title === undefined ? {} : { title }) };
  const own = named.properties === undefined ? shownValue(named, at) : shownObject(named, at);
  const parts = [shownChoices(named, "oneOf", at), shownChoices(named, "anyOf", at), shownItems(named, at)];
  return {
    schema: Object.assign({}, own.schema, ...parts.map(({ schema }) => schema)) as RJSFSchema,
    ui: Object.assign({}, own.ui, ...parts.map(({ ui }) => ui)) as UiSchema,
  };
}

function shownValue(node: RJSFSchema, at: Place): Shown {
  const path = at.path.join(".");
  const isSecret = isSecretNode(node);
  // a list that holds secrets is one
  const isStored = at.stored.includes(path);
  const { default: preset, ...rest } = node;
  const isChosen = node.type === "boolean" || node.enum !== undefined;
  const placeholder = isStored
    ? at.removed.includes(path)
      ? "It is removed when this is saved"
      : "Set; leave it empty to keep it"
    : preset === undefined || isChosen
      ? undefined
      : JSON.stringify(preset).replace(/^"(.*)"$/s, "$1");
  // what tells one choice from another is no question
  const widget =
    node.const !== undefined ? "hidden" : isLongText(node) ? "textarea" : isSecret ? "password" : undefined;
  return {
    schema: isChosen ? node : rest,
    ui: {
      ...(placeholder === undefined ? {} : { "ui:placeholder": placeholder }),
      ...(widget === undefined ? {} : { "ui:widget": widget }),
      ...(isStored ? { "ui:stored": path } : {}),
    },
  };
}

function shownObject(node: RJSFSchema, at: Place): Shown {
  const { default: _, ...rest } = node;
  const inside = Object.entries(node.properties ?? {}).map(([name, property]) => {
    const child = typeof property === "object" ? property : {};
    return [name, shown(child, { ...at, path: [...at.path, name] })] as const;
  });
  const isKept = (name: string) => {
    const path = [...at.path, name].join(".");
    return at.stored.includes(path) && !at.removed.includes(path);
  };
  return {
    schema: {
      ...rest,
      properties: Object.fromEntries(inside.map(([name, { schema }]) => [name, schema])),
      ...(node.required === undefined ? {} : { required: node.required.filter((name) => !isKept(name)) }),
    },
    ui: Object.fromEntries(inside.map(([name, { ui }]) => [name, ui])),
  };
}

function shownChoices(node: RJSFSchema, keyword: "oneOf" | "anyOf", at: Place): Shown {
  const choices = node[keyword]?.map((choice) => {
    const { schema, ui } = shown(typeof choice === "object" ? choice : {}, at);
    const titled = { ...schema, title: choiceWords(typeof choice === "object" ? choice : {}) };
    return { schema: titled, ui: { ...ui, "ui:leading": Object.keys(schema.properties ?? {}) } };
  });
  if (choices === undefined) return { schema: {}, ui: {} };
  return {
    schema: { [keyword]: choices.map(({ schema }) => schema) },
    ui: { [keyword]: choices.map(({ ui }) => ui) },
  };
}

/** Yields what a choice is called: by its title, by the value that tells it from the others, else by what it asks for. */
function choiceWords({ title, type, const: value, properties = {} }: RJSFSchema): string {
  if (title !== undefined) return title;
  if (type === "null") return "None";
  const inside = Object.entries(properties).map(([name, property]) => ({
    name,
    value: typeof property === "object" ? property.const : undefined,
  }));
  const told = [value, ...inside.map((each) => each.value)].find((each) => typeof each === "string");
  if (typeof told === "string") return fieldWords(told);
  const names = inside.map(({ name }) => fieldWords(name)).join(", ");
  return names === "" ? String(type ?? "Other") : names;
}

function shownItems({ items }: RJSFSchema, at: Place): Shown {
  if (typeof items !== "object" || Array.isArray(items)) return { schema: {}, ui: {} };
  const { schema, ui } = shown(items, at);
  return { schema: { items: schema }, ui: { items: ui } };
}

/** Of several forms that a text may have, such as a date or an instant, the form asks for one text; `check` tells the rest. */
function plainer(node: RJSFSchema): RJSFSchema {
  const { anyOf, ...rest } = node;
  const forms = (anyOf ?? []).filter((form) => typeof form === "object");
  if (forms.length === 0 || !forms.some(({ type }) => type === "string")) return node;
  return forms.every(({ type }) => type === "string" || type === "array") ? { ...rest, type: "string" } : node;
}

/** As the protocol marks secrets, and as other tools do. */
function isSecretNode(node: RJSFSchema): boolean {
  return node["secret"] === true || node.writeOnly === true || node.format === "password";
}

/** A key in PEM or JSON has lines, which a field of one line would drop. */
function isLongText({ type, description = "" }: RJSFSchema): boolean {
  return type === "string" && /\bPEM\b|\bJSON\b/.test(description);
}

function isObject(value: Value): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
