import { expect, test } from "vitest";
import { RequestBudget } from "./request-budget.ts";

const never = new AbortController().signal;

test("requests begin no faster than the budget lets them, however many ask at once", async () => {
  const budget = new RequestBudget(100);
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: 21 }, () => budget.take(never)));
  // twenty intervals of 10 ms; a timer may fire a millisecond early
  expect(performance.now() - startedAt).toBeGreaterThan(195);
});

test("those that ask first have their turn first", async () => {
  const budget = new RequestBudget(500);
  const turns: number[] = [];
  await Promise.all([0, 1, 2, 3, 4].map((number) => budget.take(never).then(() => turns.push(number))));
  expect(turns).toEqual([0, 1, 2, 3, 4]);
});

test("time without requests is not saved up", async () => {
  const budget = new RequestBudget(20);
  await budget.take(never);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const startedAt = performance.now();
  await Promise.all([1, 2, 3].map(() => budget.take(never)));
  expect(performance.now() - startedAt).toBeGreaterThan(95);
});

test("whoever waits is let go when the signal aborts", async () => {
  const budget = new RequestBudget(0.1);
  const stop = new AbortController();
  await budget.take(stop.signal);
  const waiting = budget.take(stop.signal);
  stop.abort();
  await expect(waiting).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
});
