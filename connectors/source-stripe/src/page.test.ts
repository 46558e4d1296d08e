import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonText, layouts, minified, NumberText } from "./fixtures/json-text.ts";
import { MalformedPage } from "./malformed-page.ts";
import { splitPage, type Page } from "./page.ts";

const HEAD = '{"head":';
const TAIL = "}\n";

function split(body: string | Buffer, createdField: string | null = "created"): Page {
  return splitPage(Buffer.from(body), { head: Buffer.from(HEAD), tail: Buffer.from(TAIL), createdField });
}

const texts = fc.oneof(
  fc.string({ unit: "binary" }).map((text) => text.toWellFormed()),
  fc.constantFrom(
    "",
    '"',
    "\\",
    '\\"',
    "}],",
    "{",
    '"has_more": false',
    "a\nb\r\u2028",
    "\u0000",
    "Zoë 🦆",
    '{"id":"x"}',
  ),
);
const numbers = fc
  .constantFrom("0", "-0", "1.10", "1e400", "-2.5E-3", "9007199254740993")
  .map((text) => new NumberText(text));
const names = fc.oneof(fc.constantFrom("id", "created", "data", "has_more", "object", "Id", "", "ids", "créé"), texts);
const { value: values } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(texts, numbers, fc.boolean(), fc.constant(null)),
    fc.array(tie("value"), { maxLength: 3 }),
    membersOf(tie("value")),
  ),
}));

/**
 * Members in any order; a name that is a number would move to the front, and __proto__ would vanish. JSON.parse of
 * Node 24.21 takes the name `"` for `\` once it has read an object with such a name, so none ends with a backslash.
 */
function membersOf(value: fc.Arbitrary<unknown>): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .array(
      fc.tuple(
        names.filter((name) => !/^\d+$|^__proto__$|\\$/.test(name)),
        value,
      ),
      { maxLength: 4 },
    )
    .map((members) => Object.fromEntries(members));
}

const own = fc.record(
  { id: texts.filter((id) => id !== ""), created: fc.integer({ min: 0, max: 4_000_000_000 }) },
  { requiredKeys: ["id"] },
);
const others = membersOf(values).map(({ id: _id, created: _created, ...rest }: Record<string, unknown>) => rest);
const objects = fc
  .tuple(own, others, fc.boolean())
  .map(([first, rest, isFirst]) => (isFirst ? { ...first, ...rest } : { ...rest, ...first }));
const extras = fc.dictionary(fc.constantFrom("object", "url", "total_count", "count", ""), values);
const pages = fc.record({
  data: fc.array(objects, { maxLength: 5 }),
  hasMore: fc.boolean(),
  before: extras,
  after: extras,
  layout: layouts,
});

test("the lines of a page are its objects without white space between tokens, framed, every token as it was", () => {
  fc.assert(
    fc.property(pages, ({ data, hasMore, before, after, layout }) => {
      const page = split(jsonText({ ...before, data, ...after, has_more: hasMore }, layout));
      const wanted = data.map((object) => HEAD + jsonText(object, minified(layout)) + TAIL);
      expect(page.lines.toString()).toBe(wanted.join(""));
      expect(page.items.map(({ id, created }) => ({ id, created }))).toEqual(
        data.map(({ id, created }) => ({ id, created })),
      );
      const lines = page.items.map(({ start, end }) => page.lines.toString("utf8", start, end));
      expect(lines).toEqual(wanted);
      expect(page.hasMore).toBe(hasMore);
    }),
    { numRuns: 500 },
  );
});

test("whatever a page's objects hold, a parse of a line gives what a parse of the page gives", () => {
  fc.assert(
    fc.property(pages, ({ data, hasMore, before, after, layout }) => {
      const body = jsonText({ has_more: hasMore, ...before, data, ...after }, layout);
      const lines = split(body).lines.toString().split("\n").slice(0, -1);
      expect(lines.map((line) => JSON.parse(line).head)).toEqual(JSON.parse(body).data);
    }),
  );
});

test("a page that is cut anywhere is malformed, never shorter", () => {
  fc.assert(
    fc.property(pages, ({ data, hasMore, before, after, layout }) => {
      const body = Buffer.from(jsonText({ ...before, data, has_more: hasMore, ...after }, layout));
      for (let end = 0; end < body.length; end += 1) {
        expect(() => split(body.subarray(0, end))).toThrow(MalformedPage);
      }
    }),
    { numRuns: 25 },
  );
});

test("white space around a page is no part of it", () => {
  expect(split('\r\n\t {"data":[],"has_more":false} \n\n')).toMatchObject({ items: [], hasMore: false });
});

test("the time is that of the named field, at the top of the object, in whole seconds", () => {
  const object = '{"nested":{"id":"no","created":1},"id":"yes","created":2,"date":3,"list":[{"created":4}]}';
  const body = `{"data":[${object}],"has_more":false}`;
  expect(split(body, "created").items).toMatchObject([{ id: "yes", created: 2 }]);
  expect(split(body, "date").items).toMatchObject([{ id: "yes", created: 3 }]);
  expect(split(body, null).items).toMatchObject([{ id: "yes", created: undefined }]);
  expect(split('{"data":[{"id":"a","created":null}],"has_more":true}').items).toMatchObject([
    { id: "a", created: undefined },
  ]);
});

test.each([
  ['{"id":"a","lines":{"data":[],"has_more":true}}', true],
  ['{"id":"a","lines":{"has_more" : \n true,"data":[]},"items":{"has_more":false}}', true],
  ['{"id":"a","lines":{"has_more":false}}', false],
  ['{"id":"a","has_more":true,"list":["has_more",true],"note":"has_more"}', false],
  ['{"id":"a","lines":{"data":[{"has_more":true}]}}', false],
  ['{"id":"a","lines":{"has_mope":true}}', false],
])("of %s it is told whether a list of its own is cut: %s", (object, isCut) => {
  expect(split(`{"data":[${object}],"has_more":false}`).items).toMatchObject([{ isCut }]);
});

test("a list of version 2 of the API goes on where it says", () => {
  const next = "/v2/core/accounts?page=abc&limit=20";
  const body = { data: [{ id: "a" }], next_page_url: next, previous_page_url: null };
  expect(split(JSON.stringify(body))).toMatchObject({ hasMore: true, nextPage: next });
  const last = JSON.stringify({ ...body, next_page_url: null });
  expect(split(last)).toMatchObject({ hasMore: false, nextPage: undefined });
});

test("a page far larger than its frames were reckoned for is whole", () => {
  const data = Array.from({ length: 10_000 }, (_, number) => ({ id: `x${number}` }));
  const page = split(JSON.stringify({ data, has_more: true }));
  expect(page.items).toHaveLength(10_000);
  const wanted = data.map((object) => HEAD + JSON.stringify(object) + TAIL).join("");
  expect(page.lines.equals(Buffer.from(wanted))).toBe(true);
});

test.each([
  ["nothing", ""],
  ["a web page", "<!doctype html><html><body>502</body></html>"],
  ["another value", '["data"]'],
  ["an error", '{"error":{"message":"No."}}'],
  ["two documents", '{"data":[],"has_more":false}{"data":[],"has_more":false}'],
  ["a list without data", '{"object":"list","has_more":false}'],
  ["a list without has_more", '{"data":[{"id":"a"}]}'],
  ["two lists in one", '{"data":[{"id":"a"}],"data":[{"id":"b"}],"has_more":false}'],
  ["data that is null", '{"data":null,"has_more":false}'],
  ["data that is an object", '{"data":{"id":"a"},"has_more":false}'],
  ["has_more that is null", '{"data":[],"has_more":null}'],
  ["has_more that is a text", '{"data":[],"has_more":"true"}'],
  ["has_more that goes on", '{"data":[],"has_more":truely}'],
  ["an item that is no object", '{"data":["a"],"has_more":false}'],
  ["an item that is null", '{"data":[{"id":"a"},null],"has_more":false}'],
  ["an object without an id", '{"data":[{"name":"a"}],"has_more":false}'],
  ["an object whose id is null", '{"data":[{"id":null}],"has_more":false}'],
  ["an object whose id is deeper", '{"data":[{"x":{"id":"a"},"y":["id"]}],"has_more":false}'],
  ["an id that is no string", '{"data":[{"id":"\\x"}],"has_more":false}'],
  ["a comma without an item", '{"data":[{"id":"a"},],"has_more":false}'],
  ["a line end inside a string", '{"data":[{"id":"a","b":"c\nd"}],"has_more":false}'],
  ["an escaped line end inside a string", '{"data":[{"id":"a","b":"c\\\nd"}],"has_more":false}'],
  ["a control character between tokens", '{"data":[{"id":"a",\u0000"b":1}],"has_more":false}'],
  ["bytes that are not UTF-8", Buffer.from('{"data":[{"id":"\xff"}],"has_more":false}', "latin1")],
])("%s is malformed", (_, body) => {
  expect(() => split(body)).toThrow(MalformedPage);
});
