import { expect, test } from "vitest";
import { alternate, median } from "./alternate.ts";

test("contenders take turns, and the first round does not count", async () => {
  const order: string[] = [];
  const timesOf = (name: string, values: number[]) => async () => {
    order.push(name);
    return { wallS: values.shift() ?? NaN };
  };
  const medians = await alternate(3, { a: timesOf("a", [100, 1, 9, 2]), b: timesOf("b", [100, 30, 10, 20]) });
  expect(medians).toEqual({ a: { wallS: 2 }, b: { wallS: 20 } });
  expect(order.join("")).toBe("abababab");
});

test("the median is the middle value, or the mean of the middle two", () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([7])]).toEqual([2, 2.5, 7]);
  expect(median([])).toBeNaN();
});
