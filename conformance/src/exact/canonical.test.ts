import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "./canonical.ts";

test("white space, the order of members and the spelling of a number make no difference", () => {
  expect(canonicalJson(' { "b" : [1.10, 1e2], "a" : "\\u0041" } ')).toBe(canonicalJson('{"a":"A","b":[11e-1,100]}'));
  expect(canonicalJson("-0.0")).toBe(canonicalJson("0"));
});

test("numbers that a float cannot hold stay different", () => {
  expect(canonicalJson("9007199254740993")).not.toBe(canonicalJson("9007199254740992"));
  expect(canonicalJson("1e400")).not.toBe(canonicalJson("1e401"));
  expect(canonicalJson("0.1")).not.toBe(canonicalJson("0.1000000000000000055511151231257827"));
});

test("a member named __proto__ is a member like any other", () => {
  expect(canonicalJson('{"__proto__":1}')).toBe('{"__proto__":1e0}');
});

test("what JSON.stringify has written is equal to itself, indented or not, and to nothing else", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      expect(canonicalJson(JSON.stringify(one, null, 2))).toBe(canonicalJson(JSON.stringify(one)));
      const isSame = canonicalJson(JSON.stringify(one)) === canonicalJson(JSON.stringify(other));
      expect(isSame).toBe(isEqual(one, other));
    }),
  );
});

function isEqual(one: unknown, other: unknown): boolean {
  try {
    expect(JSON.parse(JSON.stringify(one))).toEqual(JSON.parse(JSON.stringify(other)));
    return true;
  } catch {
    // that is the answer
    return false;
  }
}
