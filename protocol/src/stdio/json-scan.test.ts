import fc from "fast-check";
import { expect, test } from "vitest";
import { scanMembers } from "./json-scan.ts";

// JSON.parse of Node 24.21 takes the name `"` for `\` once it has read an object with a name that ends so
const key = fc
  .oneof(fc.string({ unit: "binary" }), fc.constantFrom("a", "data", '"', "\\x", "__proto__", ""))
  .filter((name) => !name.endsWith("\\"));
const object = fc.dictionary(key, fc.jsonValue({ stringUnit: "binary" }), { maxKeys: 6 });

function scan(text: string, names: readonly string[]): (string | undefined)[] | undefined {
  return scanMembers(Buffer.from(text), names)?.map((bytes) => bytes?.toString());
}

test("every member is found as JSON.parse finds it, with or without white space", () => {
  fc.assert(
    fc.property(object, fc.constantFrom("", "\t", " \n "), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const names = Object.keys(value);
      const found = scan(text, [...names, "absent from it"]);
      expect(found?.pop()).toBeUndefined();
      // as maps, because JSON.parse moves a member "__proto__" behind the others
      const parsed = new Map(Object.entries(JSON.parse(text)));
      expect(new Map(found?.map((token, index) => [names[index], JSON.parse(token ?? "")]))).toEqual(parsed);
    }),
  );
});

test("a cut object is not an object", () => {
  fc.assert(
    fc.property(object, fc.nat(), (value, place) => {
      const text = JSON.stringify(value);
      expect(scan(text.slice(0, place % text.length), ["a"])).toBeUndefined();
    }),
  );
});

test("tokens come as they stand", () => {
  const tokens = ["9007199254740993", "1.10", "1e400", "-0", '"\u2028"', '"\\u0041"', "[ 1,2 ]", '{"}":"{"}'];
  for (const token of tokens) expect(scan(`{"before":"\\"}","a": ${token} ,"after":[]}`, ["a"])).toEqual([token]);
});

test("of a repeated name the last one counts, and escaped names are decoded", () => {
  expect(scan('{"a":1,"a":2}', ["a"])).toEqual(["2"]);
  expect(scan('{"a":1,"\\u0061":2}', ["a"])).toEqual(["2"]);
});

test.each(["", " ", "[]", '"a"', "{", '{"a"}', '{"a":}', '{"a":1,}', '{"a":1}}', '{"a":1} {"a":2}', "{a:1}"])(
  "%j is not one object",
  (text) => {
    expect(scan(text, ["a"])).toBeUndefined();
  },
);
