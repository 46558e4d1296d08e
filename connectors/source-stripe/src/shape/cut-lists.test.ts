import fc from "fast-check";
import { expect, test } from "vitest";
import { cutListsOf, withWholeList } from "./cut-lists.ts";

const list = (hasMore: boolean, data: unknown[] = [{ id: "il_1" }]) => ({
  object: "list",
  data,
  has_more: hasMore,
  url: "/v1/invoices/in_1/lines",
});

test("the lists that show only their beginning are found, with where the whole of each is", () => {
  const invoice = { id: "in_1", lines: list(true), payments: list(false), has_more: true, other: { has_more: true } };
  expect(cutListsOf(Buffer.from(JSON.stringify(invoice)))).toEqual([
    { field: "lines", url: "/v1/invoices/in_1/lines" },
  ]);
});

test("a list is made whole in its place, and every other token stays as it is", () => {
  const items = fc.array(fc.record({ id: fc.string(), amount: fc.integer() }), { maxLength: 5 });
  fc.assert(
    fc.property(items, items, fc.boolean(), fc.jsonValue(), (shown, whole, isMarkedFirst, rest) => {
      const { has_more, ...others } = list(true, shown);
      const cut = isMarkedFirst ? { has_more, ...others } : { ...others, has_more };
      const object = { id: "in_1", rest, lines: cut, price: 1 };
      const text = whole.map((item) => JSON.stringify(item)).join(",");
      const completed = withWholeList(Buffer.from(JSON.stringify(object)), "lines", Buffer.from(text));
      expect(completed.toString()).toBe(JSON.stringify({ ...object, lines: { ...cut, data: whole, has_more: false } }));
    }),
  );
});
