import { expect, test } from "vitest";
import { retryDelayMs } from "./retry-delay.ts";

const failed = (failure_type: "transient" | "rate_limit" | "auth" | "protocol") =>
  ({ status: "failed", failure: { side: "source", failure_type, message: "" } }) as const;

test("what may pass is tried three times, with longer and longer pauses", () => {
  const delays = [0, 1, 2].map((failed_attempts) => retryDelayMs(failed("transient"), { failed_attempts }));
  expect(delays).toEqual([30_000, 120_000, undefined]);
  expect(retryDelayMs(failed("rate_limit"), { failed_attempts: 0 })).toBe(30_000);
});

test("what needs a person is not tried again, and neither is what ended well", () => {
  for (const type of ["auth", "protocol"] as const)
    expect(retryDelayMs(failed(type), { failed_attempts: 0 })).toBeUndefined();
  for (const status of ["succeeded", "stopped", "partial"] as const)
    expect(retryDelayMs({ status, failure: null }, { failed_attempts: 0 })).toBeUndefined();
});
