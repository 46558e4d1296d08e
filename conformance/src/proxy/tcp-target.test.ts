import fc from "fast-check";
import { expect, test } from "vitest";
import { redirected, targetOf } from "./tcp-target.ts";

test.each([
  [{ u: "postgresql://user:p%40ss@db.example/name?sslmode=require" }, { url: "u" }, { host: "db.example", port: 5432 }],
  [{ u: "mysql://user@[::1]:3307/name" }, { url: "u" }, { host: "::1", port: 3307 }],
  [
    { h: "db", p: 26257 },
    { host: "h", port: "p" },
    { host: "db", port: 26_257 },
  ],
])("where %j leads is known by its fields %j", (config, fields, target) => {
  expect(targetOf(config, fields)).toEqual(target);
});

test.each([
  [{ u: "odd://db/name" }, { url: "u" }],
  [{ u: "secret-password" }, { url: "u" }],
  [{}, { url: "u" }],
  [{ h: "db" }, { host: "h", port: "p" }],
])("a configuration that leads nowhere is refused without showing it: %j", (config, fields) => {
  const act = () => targetOf(config, fields);
  expect(act).toThrow("does not tell in");
  expect(act).not.toThrow("secret");
});

test("a configuration is led elsewhere and stays as it is in all else", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 65_535 }), fc.stringMatching(/^[a-z]{1,9}$/), (port, name) => {
      const address = { host: "127.0.0.1", port };
      const config = { u: `postgresql://user:p%40ss@db.example:1/${name}?a=b`, other: name };
      const led = redirected(config, { url: "u" }, address);
      expect(led).toEqual({ u: `postgresql://user:p%40ss@127.0.0.1:${port}/${name}?a=b`, other: name });
      expect(targetOf(led, { url: "u" })).toEqual(address);
    }),
  );
});
