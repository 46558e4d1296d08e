import { expect, test } from "vitest";
import { Budgets } from "./budgets.ts";
import { RequestBudget } from "./request-budget.ts";

const never = new AbortController().signal;

/** Resolves to the milliseconds that so many requests to each endpoint have to wait in all. */
async function waited(budgets: Budgets, requests: Readonly<Record<string, number>>): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(
    Object.entries(requests).flatMap(([endpoint, count]) =>
      Array.from({ length: count }, () => budgets.take(endpoint, never)),
    ),
  );
  return performance.now() - startedAt;
}

test("one endpoint gets 25 requests a second, or a quarter of a higher limit", async () => {
  const live = new Budgets({ api_key: "sk_live_1" });
  expect(await waited(live, { "/v1/charges": 6 })).toBeGreaterThan(195);
  const raised = new Budgets({ api_key: "sk_live_1", max_requests_per_second: 400 });
  expect(await waited(raised, { "/v1/charges": 11 })).toBeGreaterThan(95);
});

test("all endpoints together get 80 with a live key, 20 with a test key, or what is set", async () => {
  const each = { "/v1/a": 3, "/v1/b": 3, "/v1/c": 3 };
  expect(await waited(new Budgets({ api_key: "rk_live_1" }), each)).toBeGreaterThan(8 * 12.5 - 5);
  expect(await waited(new Budgets({ api_key: "sk_test_1" }), each)).toBeGreaterThan(8 * 50 - 5);
  expect(await waited(new Budgets({ api_key: "sk_test_1", max_requests_per_second: 100 }), each)).toBeGreaterThan(75);
});

test("a rate halves with a refusal, once for requests of the same second, and recovers with answers", () => {
  const budget = new RequestBudget(100);
  budget.refused();
  budget.refused();
  expect(budget.rate).toBe(50);
  for (let answer = 0; answer < 50; answer += 1) budget.answered();
  expect(budget.rate).toBe(75);
  for (let answer = 0; answer < 500; answer += 1) budget.answered();
  expect(budget.rate).toBe(100);
});

test.each([
  ["endpoint-rate", "rate_limit", { account: 100, endpoint: 12.5 }],
  ["endpoint-concurrency", "rate_limit", { account: 100, endpoint: 12.5 }],
  ["global-rate", "rate_limit", { account: 50, endpoint: 25 }],
  ["global-concurrency", "rate_limit", { account: 50, endpoint: 25 }],
  [undefined, "rate_limit", { account: 50, endpoint: 25 }],
  ["resource-specific", "rate_limit", { account: 100, endpoint: 25 }],
  [undefined, "lock_timeout", { account: 100, endpoint: 25 }],
])("a 429 of the reason %s and the code %s lowers the rate that it is about", (reason, code, rates) => {
  const budgets = new Budgets({ api_key: "sk_live_1", max_requests_per_second: 100 });
  budgets.refused("/v1/charges", { reason, code });
  expect(budgets.rates("/v1/charges")).toEqual(rates);
  expect(budgets.rates("/v1/refunds")).toEqual({ ...rates, endpoint: 25 });
});
