import { expect, test } from "vitest";
import { PageSize } from "./page-size.ts";

test("a page shrinks with every second failure in a row, down to ten objects", () => {
  const size = new PageSize(100);
  const sizes = Array.from({ length: 9 }, () => (size.failed(), size.current));
  expect(sizes).toEqual([100, 50, 50, 25, 25, 10, 10, 10, 10]);
});

test("a failure that stays alone changes nothing", () => {
  const size = new PageSize(100);
  for (let turn = 0; turn < 5; turn += 1) {
    size.failed();
    size.succeeded();
  }
  expect(size.current).toBe(100);
});

test("a page grows again after ten that came whole", () => {
  const size = new PageSize(100);
  for (let failure = 0; failure < 4; failure += 1) size.failed();
  const sizes = Array.from({ length: 20 }, () => (size.succeeded(), size.current));
  expect(sizes.indexOf(50)).toBe(9);
  expect(sizes.indexOf(100)).toBe(19);
});

test("a list of smaller pages begins with its own most", () => {
  const size = new PageSize(20);
  expect(size.current).toBe(20);
  size.failed();
  size.failed();
  expect(size.current).toBe(10);
});
