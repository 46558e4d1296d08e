import type { CommitPoint, RecordLine } from "@sluice/protocol/stdio";
import { expect, test } from "vitest";
import { Lane, type Commit } from "./lane.ts";

function record(id: string): RecordLine {
  return { kind: "record", stream: "s", op: "upsert", version: 1, data: Buffer.from(`{"id":"${id}"}`), lineNumber: 1 };
}

function state(seq: number): CommitPoint {
  return { type: "state", state: { seq, scope: "stream", stream: "s", data: {} }, line: Buffer.alloc(0) };
}

const complete: CommitPoint = { type: "status", status: { stream: "s", status: "complete" }, line: Buffer.alloc(0) };

function openLane({
  maxRows = 100,
  maxWaitMs = 60_000,
  commit = async () => {},
}: {
  maxRows?: number;
  maxWaitMs?: number;
  commit?: () => Promise<void>;
}) {
  const commits: { keys: string[]; points: (number | string)[] }[] = [];
  const failures: unknown[] = [];
  const lane = new Lane({
    keyProperties: ["id"],
    maxRows,
    maxBytes: 1_000_000,
    maxWaitMs,
    failed: (error) => void failures.push(error),
    async commit({ batch, points }: Commit) {
      commits.push({
        keys: Array.from({ length: batch.length }, (_, index) => batch.at(index).keys[0] ?? ""),
        points: points.map((point) => (point.type === "state" ? point.state.seq : point.status.status)),
      });
      await commit();
    },
  });
  return { lane, commits, failures };
}

test("a full batch ends at the newest state that it holds, and what came behind that goes into the next", async () => {
  const { lane, commits } = openLane({ maxRows: 5 });
  for (const id of ["a", "b"]) await lane.record(record(id));
  await lane.point(state(1));
  await lane.record(record("c"));
  await lane.point(state(2));
  for (const id of ["d", "e"]) await lane.record(record(id));
  await lane.drain();
  expect(commits).toEqual([
    { keys: ["a", "b", "c"], points: [2] },
    { keys: ["d", "e"], points: [] },
  ]);
});

test("without any state a full batch is committed as it is, so that memory stays bounded", async () => {
  const { lane, commits } = openLane({ maxRows: 2 });
  for (const id of ["a", "b", "c"]) await lane.record(record(id));
  await lane.drain();
  expect(commits).toEqual([
    { keys: ["a", "b"], points: [] },
    { keys: ["c"], points: [] },
  ]);
});

test("a terminal status is committed at once, after a state that stands right before it", async () => {
  const { lane, commits } = openLane({});
  await lane.record(record("a"));
  await lane.point(state(1));
  await lane.point(complete);
  await lane.drain();
  expect(commits).toEqual([{ keys: ["a"], points: [1, "complete"] }]);
});

test("records between the last state and a terminal status are not covered by that state", async () => {
  const { lane, commits } = openLane({});
  await lane.record(record("a"));
  await lane.point(state(1));
  await lane.record(record("b"));
  await lane.point(complete);
  await lane.drain();
  expect(commits).toEqual([
    { keys: ["a"], points: [1] },
    { keys: ["b"], points: ["complete"] },
  ]);
});

test("a batch that waits is committed when its time is up", async () => {
  const { lane, commits } = openLane({ maxWaitMs: 5 });
  await lane.record(record("a"));
  await expect.poll(() => commits).toEqual([{ keys: ["a"], points: [] }]);
});

test("commits follow one another: the second begins when the first is through", async () => {
  let running = 0;
  let most = 0;
  const { lane, commits } = openLane({
    maxRows: 1,
    async commit() {
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setTimeout(resolve, 2));
      running -= 1;
    },
  });
  for (const id of ["a", "b", "c", "d"]) await lane.record(record(id));
  await lane.drain();
  expect(commits.map(({ keys }) => keys)).toEqual([["a"], ["b"], ["c"], ["d"]]);
  expect(most).toBe(1);
});

test("a commit that fails is told at once, ends the drain, and nothing behind it is committed", async () => {
  const { lane, commits, failures } = openLane({ maxRows: 1, commit: () => Promise.reject(new Error("no")) });
  await lane.record(record("a"));
  await expect(lane.record(record("b"))).rejects.toThrow("no");
  await expect(lane.drain()).rejects.toThrow("no");
  expect(commits).toHaveLength(1);
  expect(failures[0]).toEqual(new Error("no"));
});
