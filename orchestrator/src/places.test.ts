import fc from "fast-check";
import { expect, test } from "vitest";
import { Places } from "./places.ts";

test("never more hold a place than there are, and each that waits gets one or leaves, whatever comes between", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.record({ turns: fc.nat(5), leavesAfter: fc.option(fc.nat(8)) }), { maxLength: 20 }),
      async (count, requests) => {
        const places = new Places({ of: "requests", count, waitMs: 60_000 });
        let under = 0;
        let most = 0;
        const outcomes = await Promise.all(
          requests.map(async ({ turns, leavesAfter }) => {
            const left = new AbortController();
            if (leavesAfter !== null) void yieldTurns(leavesAfter).then(() => left.abort());
            try {
              using _ = await places.take(left.signal);
              under += 1;
              most = Math.max(most, under);
              await yieldTurns(turns);
              under -= 1;
              return "served";
            } catch (error) {
              expect(error).toMatchObject({ code: "rate_limit" });
              return leavesAfter === null ? "lost" : "left";
            }
          }),
        );
        expect(most).toBeLessThanOrEqual(count);
        expect(outcomes).not.toContain("lost");
        // all are free again, and no more
        const gone = AbortSignal.abort();
        for (let taken = 0; taken < count; taken += 1) await places.take(gone);
        await expect(places.take(gone)).rejects.toMatchObject({ code: "rate_limit" });
      },
    ),
  );
});

test("a place that does not come free in time is not waited for, and one is given back once only", async () => {
  const places = new Places({ of: "questions", count: 1, waitMs: 20 });
  const first = await places.take();
  await expect(places.take()).rejects.toMatchObject({
    code: "rate_limit",
    message: expect.stringMatching(/^1 questions are under way/),
  });
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  await places.take();
  await expect(places.take()).rejects.toMatchObject({ code: "rate_limit" });
});

async function yieldTurns(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
}
