import fc from "fast-check";
import { expect, test } from "vitest";
import { indented, jsonFault, onOneLine } from "./json-text.ts";

test("a JSON text comes back from many lines as it was", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const compact = JSON.stringify(JSON.parse(text));
      expect(onOneLine(indented(compact))).toBe(compact);
      expect(jsonFault(indented(compact))).toBeUndefined();
    }),
  );
});

test("no number is made another one", () => {
  const line = '{"cursor":90071992547409931,"rate":1.10,"big":1e400}';
  expect(onOneLine(indented(line))).toBe(line);
  expect(indented(line)).toContain("\n");
});

test("what is no JSON is told with its line", () => {
  expect(jsonFault('{\n  "a": 1,\n  "b"\n}')).toMatch(/^Line [34]: /);
  expect(jsonFault("")).toBeDefined();
});
