import fc from "fast-check";
import { expect, test } from "vitest";
import { stateChanges, type ShownState } from "./state-changes.ts";

type Commit = { stream: string | null; data: string; at: number };

function line({ stream, data, at }: Commit, seq: number): ShownState {
  const scope = stream === null ? '"scope":"global"' : `"scope":"stream","stream":${JSON.stringify(stream)}`;
  const committed = new Date(at).toISOString();
  return {
    stream,
    line: `{"type":"state","state":{"seq":${seq},${scope},"committed_at":"${committed}","data":${data}}}`,
  };
}

const commit = fc.record({
  stream: fc.constantFrom("a", "b", null),
  // other numbers, and the same one for JavaScript
  data: fc.constantFrom("9007199254740992", "9007199254740993", '{"x":1.0}', '{"x":1}'),
  at: fc.integer({ min: 1, max: 9 }),
});
const commits = fc.array(commit, { maxLength: 20 }).map((all) => all.toSorted((one, other) => one.at - other.at));

test("a comparison is of what was committed last by each instant, token by token", () => {
  fc.assert(
    fc.property(commits, fc.integer({ max: 10, min: 0 }), fc.integer({ max: 10, min: 0 }), (all, from, to) => {
      const history = all.map((each, index) => line(each, index + 1));
      const by = (at: number) =>
        new Map<string | null, string>(all.filter((each) => each.at <= at).map(({ stream, data }) => [stream, data]));
      const [before, after] = [by(from), by(to)];
      const changes = stateChanges({ history, now: [] }, { from: new Date(from), to: new Date(to) });
      const told = new Map(changes.map(({ stream, change }) => [stream, change]));
      expect(told.size).toBe(changes.length);
      for (const stream of ["a", "b", null]) {
        const [one, other] = [before.get(stream), after.get(stream)];
        const change = one === undefined ? "added" : other === undefined ? "removed" : "changed";
        expect([stream, told.get(stream)]).toEqual([stream, one === other ? undefined : change]);
      }
    }),
  );
});

test("states that were only stored again are the same, and those of now may be gone", () => {
  const past = [line({ stream: "a", data: "1", at: 1 }, 1), line({ stream: "b", data: "1", at: 2 }, 2)];
  const again = line({ stream: "a", data: "1", at: 5 }, 7);
  expect(stateChanges({ history: past, now: [again] }, { from: new Date(3), to: undefined })).toEqual([
    { stream: "b", change: "removed", before: past[1]?.line, after: null, known_since: new Date(2) },
  ]);
});
