import { expect, test } from "vitest";
import { properties, valuesAt } from "./schema.ts";
import { secretsOf } from "./secrets.ts";

// as a program in Python describes a model in a model
const SCHEMA = {
  type: "object",
  properties: {
    auth: { $ref: "#/$defs/Auth" },
    accounts: { type: "array", items: { $ref: "#/$defs/Auth" } },
    headers: { type: "object", additionalProperties: { type: "string", secret: true } },
    url: { type: "string", secret: true },
  },
  $defs: {
    Auth: {
      type: "object",
      properties: { token: { $ref: "#/$defs/Token", secret: true }, fallback: { $ref: "#/$defs/Auth" } },
    },
    Token: { type: "string" },
  },
};
const spec = { protocol_version: 1, connector: { name: "s", version: "1", kind: "source" }, capabilities: {} } as const;

test("properties are found behind references, in lists and under any name, and a cycle ends", () => {
  const found = properties(SCHEMA).map(({ path, schema }) => `${path} ${String(schema["type"])}`);
  expect(found).toContain("auth.token string");
  expect(found).toContain("accounts.token string");
  expect(found).toContain("headers.* string");
  expect(new Set(found.map((each) => each.split(".").length)).size).toBeLessThan(5);
});

test("secrets are found wherever the schema has them", () => {
  const config = {
    auth: { token: "the-token-of-auth" },
    accounts: [{ token: "the-first-account" }, { token: "the-second-account" }],
    headers: { authorization: "the-header" },
    // no URL-encoding, as people write them
    url: "postgres://me:100%sure@host/db",
  };
  expect(secretsOf({ ...spec, config: SCHEMA }, config).toSorted()).toEqual([
    "100%sure",
    "the-first-account",
    "the-header",
    "the-second-account",
    "the-token-of-auth",
  ]);
  expect(valuesAt(config, "accounts.token")).toHaveLength(2);
  expect(valuesAt(config, "nowhere.token")).toEqual([]);
});
