import { expect, test } from "vitest";
import { InboxWriter } from "./inbox-writer.ts";

test("what comes at once is written together, as far as that has room in one statement", async () => {
  const batches: number[] = [];
  const writer = new InboxWriter(async (events) => {
    batches.push(events.length);
    return events.map(() => "kept" as const);
  });
  const add = (body: string, index: number) =>
    writer.add({ pipelineId: "p", key: String(index), receivedAtMs: 0, headers: {}, body });
  const large = "x".repeat(1024 * 1024);
  const huge = large.repeat(9);
  await Promise.all(["{}", ...Array.from({ length: 20 }, () => large), huge, "{}"].map(add));
  // the first one found nobody writing
  expect(batches).toEqual([1, 8, 8, 4, 1, 1]);
  await Promise.all(Array.from({ length: 1002 }, (_, index) => add("{}", index)));
  expect(batches.slice(6)).toEqual([1, 500, 500, 1]);
});
