import { expect, test } from "vitest";
import { runSteps } from "./run-steps.ts";
import type { Run } from "./run-words.ts";

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

const RUN: Run = {
  ...{ id: "run_1", number: 1, pipeline_id: "pipe_1", reason: "manual", options: {}, priority: 0, schedule_id: null },
  ...{ status: "running", created_at: at(0), scheduled_at: null, started_at: at(1), ended_at: null, worker: "b" },
  ...{ progress: null, summary: null, failed_attempts: 0, not_before: null, waiting_because: null, attempts: [] },
  cancel_requested_at: null,
  estimates: null,
};
const LOST: Run["attempts"][number] = {
  ...{ number: 1, began_at: at(1), ended_at: at(4), worker: "a", outcome: "lost", tries: 1, failure: null },
};
const failure = { side: "source", failure_type: "transient", message: "Stripe does not answer." };
const FAILED = { ...LOST, number: 2, began_at: at(5), ended_at: at(9), outcome: "failed", tries: 3, failure } as const;

const titles = (run: Partial<Run>) => runSteps({ ...RUN, ...run }, Date.parse(at(10))).map(({ title }) => title);

test("each attempt of a run tells what it came to, for how long it went, and why there is another one", () => {
  const steps = runSteps({ ...RUN, attempts: [LOST, FAILED] }, Date.parse(at(10)));
  expect(steps.map(({ title, note }) => [title, note])).toEqual([
    ["Asked for", "started by hand"],
    ["Began", "after 1.0 s, on a"],
    ["Attempt 1 was lost", expect.stringMatching(/no longer answered.* It took 3\.0 s on a\.$/)],
    ["Attempt 2 failed", "Stripe does not answer. It took 4.0 s on a and began 3 times; the log tells why."],
    ["Attempt 3: asking the source for its streams", undefined],
  ]);
});

test("the range that a run was asked for is told in the viewer's zone", () => {
  const since = "2026-11-26T08:30:00.000Z";
  const [asked] = runSteps({ ...RUN, options: { since } }, Date.parse(at(10)));
  const local = new Date(since).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  expect(asked?.note).toBe(`started by hand; from ${local}`);
});

test("a run with one attempt tells of no other, and one that goes on what it does just now", () => {
  const one = { ...LOST, outcome: "succeeded" } as const;
  expect(titles({ status: "succeeded", ended_at: at(4), attempts: [one] })).toEqual(["Asked for", "Began", "Ended"]);
  expect(titles({ status: "queued", started_at: null }).at(-1)).toBe("Now: waiting to begin");
  expect(titles({ cancel_requested_at: at(5) }).slice(-2)).toEqual(["Asked to end", "Now: stopping in order"]);
  const stream = { status: "running", read: 1, committed: 0, rejected: 0, rows_per_second: 1 };
  expect(titles({ progress: { streams: { customers: stream } } }).at(-1)).toBe("Now: moving records");
});
