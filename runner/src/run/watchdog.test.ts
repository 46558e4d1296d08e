import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Watchdog } from "./watchdog.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watch(limits: { idleTimeoutMs?: number; progressTimeoutMs?: number }) {
  const reasons: string[] = [];
  const dog = new Watchdog({
    idleTimeoutMs: limits.idleTimeoutMs,
    progressTimeoutMs: limits.progressTimeoutMs,
    bark: (reason) => void reasons.push(reason),
  });
  return { dog, reasons };
}

test("silence is told once, when it has lasted as long as it may", () => {
  const { dog, reasons } = watch({ idleTimeoutMs: 4000 });
  vi.advanceTimersByTime(3900);
  dog.line();
  vi.advanceTimersByTime(3900);
  expect(reasons).toEqual([]);
  vi.advanceTimersByTime(60_000);
  expect(reasons).toEqual(["Neither side has said anything for 4 s"]);
});

test("lines that bring neither a record nor a state are no progress", () => {
  const { dog, reasons } = watch({ idleTimeoutMs: 4000, progressTimeoutMs: 10_000 });
  for (let second = 0; second < 12; second += 1) {
    dog.line();
    vi.advanceTimersByTime(1000);
  }
  expect(reasons).toEqual(["No record and no state has come for 10 s"]);
});

test("a clock that is set, back or forward, is not time that has passed", () => {
  const { dog, reasons } = watch({ idleTimeoutMs: 4000, progressTimeoutMs: 4000 });
  for (const days of [-365, 365]) {
    vi.setSystemTime(Date.now() + days * 86_400_000);
    vi.advanceTimersByTime(1000);
    expect(reasons).toEqual([]);
  }
  dog[Symbol.dispose]();
  vi.advanceTimersByTime(60_000);
  expect(reasons).toEqual([]);
});
