import fc from "fast-check";
import { expect, test } from "vitest";
import { childRange, childTotal, parentOfChild } from "./child-pattern.ts";
import { World } from "./world.ts";

function worldOf(parents: number, children: number, seed = 1): World {
  const counts = new Map([
    ["parents", parents],
    ["children", children],
  ]);
  return new World({
    seed,
    now: 1_790_000_000,
    counts,
    prefixes: new Map(),
    owners: new Map([["children", "parents"]]),
    distributions: new Map(),
  });
}

const size = fc.integer({ min: 1, max: 400 });

test("each child is in the range of its parent and of no other", () => {
  fc.assert(
    fc.property(size, size, (parents, children) => {
      const world = worldOf(parents, children);
      const seen: number[] = [];
      for (let parent = 0; parent < parents; parent += 1) {
        const [from, to] = world.children("parents", parent, "children");
        for (let child = from; child < to; child += 1) {
          expect(world.parent("children", child, "parents")).toBe(parent);
          seen.push(child);
        }
      }
      expect(seen).toEqual(Array.from({ length: children }, (_, child) => child));
    }),
  );
});

test("times never fall from one position to the next, and no child is older than its parent", () => {
  fc.assert(
    fc.property(size, size, fc.nat(), (parents, children, seed) => {
      const world = worldOf(parents, children, seed);
      let before = 0;
      for (let child = 0; child < children; child += 1) {
        const created = world.created("children", child);
        expect(created).toBeGreaterThanOrEqual(before);
        expect(created).toBeGreaterThanOrEqual(
          world.created("parents", world.parent("children", child, "parents") ?? -1),
        );
        expect(created).toBeLessThanOrEqual(world.now);
        before = created;
      }
    }),
  );
});

test("ids of one stream are distinct", () => {
  const world = worldOf(1, 1);
  const ids = new Set(Array.from({ length: 50_000 }, (_, position) => world.id("children", position)));
  expect(ids.size).toBe(50_000);
});

test("a repeated pattern of children counts and finds them", () => {
  const pattern = fc
    .array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 8 })
    .filter((counts) => counts.some(Boolean));
  fc.assert(
    fc.property(pattern, fc.integer({ min: 0, max: 60 }), (counts, parents) => {
      let total = 0;
      for (let parent = 0; parent < parents; parent += 1) {
        const [from, to] = childRange(counts, parent);
        expect([from, to]).toEqual([total, total + (counts[parent % counts.length] ?? 0)]);
        for (let child = from; child < to; child += 1) expect(parentOfChild(counts, child)).toBe(parent);
        total = to;
      }
      expect(childTotal(counts, parents)).toBe(total);
    }),
  );
});
