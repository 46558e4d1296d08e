import { expect, test } from "vitest";
import { changesOnto, type PipelineFields } from "./pipeline-text.ts";

const fields = (settings: PipelineFields["settings"]): PipelineFields => ({
  name: "p",
  source_id: "a",
  destination_id: "b",
  settings,
});

test("a change goes on top of what somebody else made, and takes back none of it", () => {
  const from = fields({ retries: 5, strict: false, grace_ms: 1000 });
  const changed = { settings: { retries: 7, strict: false } };
  const theirs = fields({ retries: 5, strict: true, grace_ms: 1000, live: true });
  expect(changesOnto(theirs, { from, changed })).toEqual({ settings: { retries: 7, strict: true, live: true } });
  expect(changesOnto(from, { from, changed })).toEqual(changed);
  expect(changesOnto(theirs, { from, changed: { name: "q" } })).toEqual({ name: "q" });
});
