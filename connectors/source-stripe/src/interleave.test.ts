import fc from "fast-check";
import { expect, test } from "vitest";
import { interleave } from "./interleave.ts";

/** Generators that take turns at random, and a record of which are open. */
function sources(lengths: readonly number[], scheduler: fc.Scheduler) {
  const open = new Set<number>();
  let mostOpen = 0;
  const generators = lengths.map(async function* (length, name) {
    open.add(name);
    mostOpen = Math.max(mostOpen, open.size);
    try {
      for (let value = 0; value < length; value += 1) yield await scheduler.schedule(Promise.resolve({ name, value }));
    } finally {
      open.delete(name);
    }
  });
  return { generators, open, mostOpen: () => mostOpen };
}

const lengths = fc.array(fc.nat({ max: 6 }), { maxLength: 8 });
const concurrencies = fc.integer({ min: 1, max: 4 });

test("everything is yielded once, each generator's values in their order, with no more of them open than allowed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), lengths, concurrencies, async (scheduler, each, concurrency) => {
      const { generators, open, mostOpen } = sources(each, scheduler);
      const values = await scheduler.waitFor(collected(interleave(generators, concurrency)));
      for (const [name, length] of each.entries()) {
        const own = values.filter((value) => value.name === name).map(({ value }) => value);
        expect(own).toEqual(Array.from({ length }, (_, value) => value));
      }
      expect(open.size).toBe(0);
      expect(mostOpen()).toBeLessThanOrEqual(concurrency);
    }),
  );
});

test("a generator that is always ready leaves the others their turn", async () => {
  async function* endless(name: string) {
    for (;;) yield name;
  }
  const seen: string[] = [];
  for await (const name of interleave([endless("a"), endless("b"), endless("c")], 3)) if (seen.push(name) === 30) break;
  for (const name of ["a", "b", "c"]) expect(seen.filter((each) => each === name).length).toBeGreaterThan(5);
});

test("a failure is thrown and ends the other generators", async () => {
  const ended: string[] = [];
  async function* failing() {
    yield "f";
    throw new Error("out of order");
  }
  const seen: string[] = [];
  const reading = async () => {
    for await (const value of interleave([counting("a", ended), failing(), counting("b", ended)], 2)) seen.push(value);
  };
  await expect(reading()).rejects.toThrow("out of order");
  await expect.poll(() => ended).toEqual(["a"]);
  expect(seen).not.toContain("b");
});

test("a reader that stops early ends all that have begun", async () => {
  const ended: string[] = [];
  for await (const _ of interleave([counting("a", ended), counting("b", ended), counting("c", ended)], 2)) break;
  await expect.poll(() => ended.toSorted()).toEqual(["a", "b"]);
});

async function collected<T>(generator: AsyncGenerator<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of generator) values.push(value);
  return values;
}

async function* counting(name: string, ended: string[]) {
  try {
    for (;;) yield name;
  } finally {
    ended.push(name);
  }
}
