import { expect, test } from "vitest";
import { configForm, givenConfig, suggestedConfig, withoutSecrets } from "./config-schema.ts";
import { configValidator } from "./config-validator.ts";
import { namedFields } from "./named-fields.ts";

const SCHEMA = {
  type: "object",
  properties: {
    api_key: { type: "string", pattern: "^sk_", secret: true },
    version: { type: "string", examples: ["2026-10-28"] },
    start: {
      anyOf: [
        { type: "string", format: "date" },
        { type: "string", format: "date-time" },
      ],
    },
    concurrency: { type: "integer", default: 10, minimum: 1 },
    mode: { type: "string", enum: ["poll", "off"], default: "poll" },
    tls: {
      type: "object",
      default: {},
      properties: { key: { type: "string", description: "The key, PEM.", secret: true } },
    },
  },
  required: ["api_key", "version"],
  additionalProperties: false,
};

test("required fields lead and are filled with their examples; secrets are asked for blindly", () => {
  const form = configForm(SCHEMA);
  expect(form.uiSchema).toMatchObject({
    "ui:leading": ["api_key", "version"],
    api_key: { "ui:widget": "password" },
    concurrency: { "ui:placeholder": "10" },
    // a password field would drop the lines of a key
    tls: { key: { "ui:widget": "textarea" } },
  });
  expect(form.schema.properties).toMatchObject({ api_key: { title: "API key" }, start: { type: "string" } });
  expect(suggestedConfig(form)).toEqual({ version: "2026-10-28" });
});

test("what is given holds no defaults and nothing empty", () => {
  const form = configForm(SCHEMA);
  const data = { api_key: "sk_1", start: "", concurrency: undefined, mode: "poll", tls: { key: "" } };
  expect(givenConfig(form, data)).toEqual({ api_key: "sk_1" });
  expect(givenConfig(form, { ...data, mode: "off", tls: { key: "k" } })).toEqual({
    api_key: "sk_1",
    mode: "off",
    tls: { key: "k" },
  });
});

test("a secret that is set need not be given again, and one that is removed is null", () => {
  const { schema, uiSchema } = configForm(SCHEMA, { stored: ["api_key"], removed: [] });
  expect(schema.required).toEqual(["version"]);
  expect(uiSchema).toMatchObject({ api_key: { "ui:placeholder": "Set; leave it empty to keep it" } });
  const removing = configForm(SCHEMA, { stored: ["api_key", "tls.key"], removed: ["api_key"] });
  expect(removing.schema.required).toEqual(["api_key", "version"]);
  expect(removing.uiSchema).toMatchObject({
    api_key: { "ui:stored": "api_key" },
    tls: { key: { "ui:stored": "tls.key" } },
  });
  expect(withoutSecrets({ version: "1" }, ["api_key", "tls.key"])).toEqual({
    version: "1",
    api_key: null,
    tls: { key: null },
  });
  expect(withoutSecrets({ tls: { key: "new" } }, ["tls.key"])).toEqual({ tls: { key: "new" } });
});

test("secrets in a choice and in a list are asked for blindly, and choices have names", () => {
  const password = { type: "string", secret: true };
  const { schema, uiSchema } = configForm({
    type: "object",
    properties: {
      login: {
        oneOf: [
          { type: "object", properties: { kind: { const: "password" }, password }, required: ["password"] },
          { type: "object", properties: { client_id: { type: "string" }, client_secret: password } },
        ],
      },
      keys: { type: "array", items: { type: "object", properties: { key: password } } },
    },
    anyOf: [{ properties: { token: password } }],
  });
  expect(uiSchema).toMatchObject({
    login: {
      oneOf: [
        { kind: { "ui:widget": "hidden" }, password: { "ui:widget": "password" } },
        { client_secret: { "ui:widget": "password" } },
      ],
    },
    keys: { items: { key: { "ui:widget": "password" } } },
    anyOf: [{ token: { "ui:widget": "password" }, "ui:leading": ["token"] }],
  });
  const stored = configForm(
    { properties: { keys: { type: "array", items: password } } },
    { stored: ["keys"], removed: [] },
  );
  expect(stored.uiSchema).toMatchObject({ keys: { "ui:stored": "keys", items: { "ui:widget": "password" } } });
  expect(givenConfig(stored, { keys: [] })).toEqual({});
  expect(schema.properties).toMatchObject({
    login: { oneOf: [{ title: "Password" }, { title: "Client ID, Client secret" }] },
  });
});

test("what is wrong is told at its field", () => {
  const { schema } = configForm(SCHEMA);
  const errorsOf = (data: object) =>
    configValidator
      .validateFormData(data, schema)
      .errors.map(({ property, message }) => `${property} ${message}`)
      .toSorted((one, other) => one.localeCompare(other));
  expect(errorsOf({})).toEqual([".api_key This is needed.", ".version This is needed."]);
  expect(errorsOf({ api_key: "pk_1", version: "1", tls: { key: 5 } })).toEqual([
    ".api_key Write it in the form that is told below.",
    ".tls.key It is of the wrong kind.",
  ]);
  expect(errorsOf({ api_key: "sk_1", version: "1" })).toEqual([]);
});

test("a failure stands at the field that it names, if that was given", () => {
  const named = (message: string, config: object) =>
    namedFields(message, { connector: "source-stripe", config: { ...config } }).map(({ path }) => path);
  expect(named("check the key (SOURCE_STRIPE_API_KEY)", { api_key: "sk_1", version: "1" })).toEqual(["api_key"]);
  expect(named("check base_url and the network", { base_url: "http://x" })).toEqual(["base_url"]);
  expect(named("check host, port and that it is running", { connection_string: "postgres://x" })).toEqual([]);
});
