import type { RJSFSchema, UiSchema } from "@rjsf/utils";
import { fieldWords } from "./names.ts";

/** A connector's configuration as a form: what may be given, and how each field is shown. */
export type ConfigForm = { schema: RJSFSchema; uiSchema: UiSchema };

type Value = unknown;
type Shown = { schema: RJSFSchema; ui: UiSchema };

/**
 * Yields the form of a connector's JSON Schema. Secrets are asked for blindly, and one that is set already (by its path)
 * need not be given again. Defaults of texts and numbers stand in the empty field, so that they are not written down.
 */
export function configForm(config: Record<string, unknown>, secretsSet: readonly string[] = []): ConfigForm {
  const { schema, ui } = shown(config as RJSFSchema, { path: [], secretsSet });
  const names = Object.keys(schema.properties ?? {});
  const leading = names.filter((name) => schema.required?.includes(name) === true || secretsSet.includes(name));
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

function givenValue(schema: RJSFSchema, value: Value): Value {
  if (value === undefined || value === "" || value === schema.default) return undefined;
  if (!isObject(value)) return value;
  const inside = givenConfig({ schema, uiSchema: {} }, value);
  return Object.keys(inside).length === 0 ? undefined : inside;
}

function shown(node: RJSFSchema, at: { path: string[]; secretsSet: readonly string[] }): Shown {
  const name = at.path.at(-1);
  const title = node.title ?? (name === undefined ? undefined : fieldWords(name));
  const named = { ...plainer(node), ...(title === undefined ? {} : { title }) };
  if (named.properties !== undefined) return shownObject(named, at);
  const isSecret = isSecretNode(node);
  const isSet = isSecret && at.secretsSet.includes(at.path.join("."));
  const { default: preset, ...rest } = named;
  const isChosen = named.type === "boolean" || named.enum !== undefined;
  const placeholder = isSet
    ? "Set; leave it empty to keep it"
    : preset === undefined || isChosen
      ? undefined
      : JSON.stringify(preset).replace(/^"(.*)"$/s, "$1");
  const widget = isLongText(node) ? "textarea" : isSecret ? "password" : undefined;
  return {
    schema: isChosen ? named : rest,
    ui: {
      ...(placeholder === undefined ? {} : { "ui:placeholder": placeholder }),
      ...(widget === undefined ? {} : { "ui:widget": widget }),
    },
  };
}

function shownObject(node: RJSFSchema, at: { path: string[]; secretsSet: readonly string[] }): Shown {
  const { default: _, ...rest } = node;
  const inside = Object.entries(node.properties ?? {}).map(([name, property]) => {
    const child = typeof property === "object" ? property : {};
    return [name, shown(child, { ...at, path: [...at.path, name] })] as const;
  });
  const isKept = (name: string) => at.secretsSet.includes([...at.path, name].join("."));
  return {
    schema: {
      ...rest,
      properties: Object.fromEntries(inside.map(([name, { schema }]) => [name, schema])),
      ...(node.required === undefined ? {} : { required: node.required.filter((name) => !isKept(name)) }),
    },
    ui: Object.fromEntries(inside.map(([name, { ui }]) => [name, ui])),
  };
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
