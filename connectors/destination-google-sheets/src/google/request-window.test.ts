import fc from "fast-check";
import { expect, test } from "vitest";
import { RequestWindow, type Timing } from "./request-window.ts";

/** A time that passes only when somebody waits for it. */
class TestTime implements Timing {
  #now = 0;

  now(): number {
    return this.#now;
  }

  async sleep(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
  }
}

const signal = new AbortController().signal;

test("however long requests and the pauses between them take, no minute has more than the quota at the server", async () => {
  const request = fc.record({
    pauseMs: fc.integer({ min: 0, max: 30_000 }),
    untilServerMs: fc.integer({ min: 0, max: 20_000 }),
    untilAnswerMs: fc.integer({ min: 0, max: 20_000 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { maxLength: 80 }),
      fc.integer({ min: 1, max: 10 }),
      async (requests, perMinute) => {
        const time = new TestTime();
        const window = new RequestWindow(perMinute, time);
        const arrivals: number[] = [];
        for (const { pauseMs, untilServerMs, untilAnswerMs } of requests) {
          await time.sleep(pauseMs);
          await window.run(async () => {
            await time.sleep(untilServerMs);
            arrivals.push(time.now());
            await time.sleep(untilAnswerMs);
          }, signal);
        }
        for (const [index, arrival] of arrivals.entries()) {
          const later = arrivals[index + perMinute];
          if (later !== undefined) expect(later - arrival).toBeGreaterThanOrEqual(60_000);
        }
      },
    ),
  );
});

test("a request that fails counts too, and one that is given up while it waits lets the next one go", async () => {
  const time = new TestTime();
  const window = new RequestWindow(1, time);
  await expect(window.run(() => Promise.reject(new Error("no")), signal)).rejects.toThrow("no");
  const given = AbortSignal.abort(new Error("given up"));
  await expect(window.run(async () => {}, given)).rejects.toThrow("given up");
  await window.run(async () => {}, signal);
  expect(time.now()).toBeGreaterThan(60_000);
});

test("a quota that is not used up costs no time", async () => {
  const time = new TestTime();
  const window = new RequestWindow(60, time);
  for (let request = 0; request < 60; request += 1) await window.run(async () => {}, signal);
  expect(time.now()).toBe(0);
});
