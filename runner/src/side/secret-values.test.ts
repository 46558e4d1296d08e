import fc from "fast-check";
import { expect, test } from "vitest";
import { secretPaths, secretsIn } from "./secret-values.ts";

type Case = { schema: Record<string, unknown>; value: unknown };
const SECRET = "sesame-open";
const ROOT = "#/$defs/Inner";

/** Every way in which a schema may lead to a marked place, one inside the other. */
const ways: Record<string, (inner: Case) => Case> = {
  property: ({ schema, value }) => ({ schema: { properties: { a: schema } }, value: { a: value, b: "plain" } }),
  "any of": ({ schema, value }) => ({ schema: { anyOf: [schema, { type: "null" }] }, value }),
  "one of beside properties": ({ schema, value }) => ({
    schema: { properties: { b: { type: "string" } }, oneOf: [{ type: "null" }, { properties: { a: schema } }] },
    value: { a: value, b: "plain" },
  }),
  "all of": ({ schema, value }) => ({ schema: { allOf: [{ title: "x" }, schema] }, value }),
  item: ({ schema, value }) => ({ schema: { items: schema }, value: [value, value] }),
  "first item": ({ schema, value }) => ({ schema: { prefixItems: [schema], items: {} }, value: [value, "plain"] }),
  "any name": ({ schema, value }) => ({ schema: { additionalProperties: schema }, value: { "x y": value } }),
  pattern: ({ schema, value }) => ({ schema: { patternProperties: { "^x": schema } }, value: { xy: value } }),
};
const marks = [{ secret: true }, { type: "string", format: "password", writeOnly: true }];

test("a secret is found wherever a schema marks it, also behind a reference, and nothing else is", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...Object.values(ways)), { maxLength: 6 }),
      fc.array(fc.constantFrom(...Object.values(ways)), { maxLength: 3 }),
      fc.constantFrom(...marks),
      (inside, outside, mark) => {
        const inner = inside.reduce<Case>((found, way) => way(found), { schema: mark, value: SECRET });
        const outer = outside.reduce<Case>((found, way) => way(found), { schema: { $ref: ROOT }, value: inner.value });
        const schema = { $defs: { Inner: inner.schema }, properties: { top: outer.schema } };
        const found = secretsIn(schema, { top: outer.value, other: "plain" });
        expect(new Set(found.map(({ value }) => value))).toEqual(new Set([SECRET]));
        expect(secretPaths(schema)).toHaveLength(1);
      },
    ),
  );
});

test("a schema that refers to itself has an end, and what it marks is found at any depth", () => {
  const schema = {
    $defs: { Node: { properties: { token: { secret: true }, next: { anyOf: [{ $ref: "#/$defs/Node" }, {}] } } } },
    $ref: "#/$defs/Node",
  };
  const config = { token: "one-token", next: { token: "two-token", next: { token: "three-token" } } };
  expect(secretsIn(schema, config)).toEqual([
    { path: "token", value: "one-token" },
    { path: "next.token", value: "two-token" },
    { path: "next.next.token", value: "three-token" },
  ]);
  expect(secretPaths(schema)).toContain("token");
  expect(secretsIn({ $ref: "#", anyOf: [{ $ref: "#" }] }, { a: 1 })).toEqual([]);
  expect(secretPaths({ additionalProperties: { $ref: "#" } })).toEqual([]);
});
