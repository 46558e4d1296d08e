import fc from "fast-check";
import { expect, test } from "vitest";
import { WaitingLines } from "./waiting-lines.ts";

const line = (message: string) => ({ level: "info", side: "source", message }) as const;

test("while the database is away the newest lines wait, the others are told of, and their size stays bounded", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 0, max: 20_000 }), (count, length) => {
      const waiting = new WaitingLines();
      const all = Array.from({ length: count }, (_, index) => `${index} `.padEnd(length, "x"));
      for (const [index, message] of all.entries()) {
        waiting.add(line(message));
        // as when it could not be stored
        if (index % 100 === 0) waiting.putBack(waiting.take());
      }
      const taken = waiting.take();
      const size = taken.reduce((sum, { message }) => sum + message.length, 0);
      expect(size).toBeLessThanOrEqual(4_100_000);
      const isWhole = taken.length === count && taken[0]?.message.startsWith("0 ") === true;
      if (!isWhole) expect(taken[0]?.message).toMatch(/^Before this, \d+ lines were given up/);
      const kept = isWhole ? taken : taken.slice(1);
      expect(kept.map(({ message }) => message.split(" ")[0])).toEqual(
        all.slice(count - kept.length).map((message) => message.split(" ")[0]),
      );
      expect(waiting.take()).toEqual([]);
    }),
    { numRuns: 30 },
  );
});
