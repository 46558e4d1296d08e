import fc from "fast-check";
import { expect, test } from "vitest";
import { joinSecrets, mergeSecrets, splitSecrets } from "./config-secrets.ts";

const schema = {
  properties: {
    api_key: { type: "string", secret: true },
    page_size: { type: "integer" },
    oauth: { properties: { client: { type: "string" }, refresh_token: { type: "string", secret: true } } },
    login: { anyOf: [{ type: "null" }, { properties: { password: { secret: true } } }] },
  },
};

test("secrets are taken out where the schema marks them, also inside objects and unions", () => {
  const config = { api_key: "a", page_size: 7, oauth: { client: "c", refresh_token: "r" }, login: { password: "p" } };
  expect(splitSecrets(config, schema)).toEqual({
    config: { page_size: 7, oauth: { client: "c" }, login: {} },
    secrets: { api_key: "a", "oauth.refresh_token": "r", "login.password": "p" },
  });
});

test("a secret behind a reference, or in a choice beside properties, is one too", () => {
  const generated = {
    $defs: { Login: { properties: { user: {}, password: { writeOnly: true } } } },
    properties: { login: { $ref: "#/$defs/Login" }, name: {} },
    anyOf: [{ properties: { key: { format: "password" } } }],
  };
  expect(splitSecrets({ login: { user: "u", password: "p" }, name: "n", key: "k" }, generated)).toEqual({
    config: { login: { user: "u" }, name: "n" },
    secrets: { "login.password": "p", key: "k" },
  });
});

test("a configuration that was split is whole again when it is joined", () => {
  const value = fc.record(
    {
      api_key: fc.string(),
      page_size: fc.integer(),
      oauth: fc.record({ client: fc.string(), refresh_token: fc.string() }, { requiredKeys: [] }),
      login: fc.option(fc.record({ password: fc.string() })),
      other: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(value, (config) => {
      expect(joinSecrets(splitSecrets(config, schema))).toEqual(config);
    }),
  );
});

test("a secret that is left out stays, a new one counts, and null takes it away", () => {
  expect(mergeSecrets({ a: 1, b: 2, c: 3 }, { b: 20, c: null, d: 4 })).toEqual({ a: 1, b: 20, d: 4 });
});
