import { expect, test } from "vitest";
import { assertResumable } from "./resumable.ts";
import type { StoredState } from "./stored-state.ts";

const stored: StoredState = { scope: "stream", stream: "s", epoch: 2, seq: 5, generation_id: null, data: "{}" };
const from = (epoch: number, seq: number) => [{ scope: "stream" as const, stream: "s", epoch, seq }];

test("where rows are merged, an older state or none may be repeated, and a newer one is refused", () => {
  for (const accepted of [from(2, 5), from(2, 4), from(1, 9), []]) assertResumable(accepted, { stored: [stored] });
  for (const refused of [from(2, 6), from(3, 1)]) {
    expect(() => assertResumable(refused, { stored: [stored] })).toThrow("newer than what is committed here");
  }
  expect(() => assertResumable(from(0, 1), { stored: [] })).toThrow("newer");
});

test("where rows are appended, only the very state that is committed will do", () => {
  const appended = new Map([["s", undefined]]);
  assertResumable(from(2, 5), { stored: [stored], appended });
  for (const refused of [from(2, 4), from(1, 9), []]) {
    expect(() => assertResumable(refused, { stored: [stored], appended })).toThrow("appended twice");
  }
});

test("a new full refresh is appended from its beginning", () => {
  const old = { ...stored, generation_id: "g1" };
  assertResumable([], { stored: [old], appended: new Map([["s", "g2"]]) });
  expect(() => assertResumable([], { stored: [old], appended: new Map([["s", "g1"]]) })).toThrow("appended twice");
});

test("a global state speaks for every appended stream", () => {
  const global = { ...stored, scope: "global" as const, stream: "" };
  assertResumable([], { stored: [global] });
  expect(() => assertResumable([], { stored: [global], appended: new Map([["s", undefined]]) })).toThrow(
    "global state",
  );
});
