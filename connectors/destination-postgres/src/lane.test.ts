import type { CommitPoint, RecordLine } from "@sluice/protocol/stdio";
import { expect, test } from "vitest";
import { BytePool } from "./byte-pool.ts";
import { Lane, type Work } from "./lane.ts";

function record(id: string, stream = "s"): RecordLine {
  return { kind: "record", stream, op: "upsert", version: 1, data: Buffer.from(`{"id":"${id}"}`), lineNumber: 1 };
}

function state(seq: number): CommitPoint {
  return { type: "state", state: { seq, scope: "stream", stream: "s", data: {} }, line: Buffer.alloc(0) };
}

const complete: CommitPoint = { type: "status", status: { stream: "s", status: "complete" }, line: Buffer.alloc(0) };

const incomplete: CommitPoint = {
  type: "status",
  status: { stream: "s", status: "incomplete" },
  line: Buffer.alloc(0),
};

type Settings = {
  maxRows?: number;
  maxWaitMs?: number;
  needsState?: boolean;
  hasState?: boolean;
  write?: () => Promise<void>;
};

/** A lane of the streams "s" and "t", and what it wrote: each part as its stream, keys and points. */
function openLane({
  maxRows = 100,
  maxWaitMs = 60_000,
  needsState = false,
  hasState = false,
  write = async () => {},
}: Settings) {
  const works: { keys: string[]; points: (number | string)[]; stream?: string; commits?: boolean; givenUp?: number }[] =
    [];
  const failures: unknown[] = [];
  const lane = new Lane({
    streams: ["s", "t"].map((name) => ({ name, keyProperties: ["id"], needsState, isIncremental: true, hasState })),
    maxRows,
    maxBytes: 1_000_000,
    maxWaitMs,
    pool: new BytePool(),
    failed: (error) => void failures.push(error),
    async write({ parts, commits }: Work) {
      for (const part of parts) {
        const { stream, batch, points } = part;
        works.push({
          keys: Array.from({ length: batch?.length ?? 0 }, (_, index) => String(batch?.at(index).keys[0])),
          points: points.map((point) => (point.type === "state" ? point.state.seq : point.status.status)),
          ...(needsState ? { stream: stream ?? "global", commits } : {}),
          ...("givenUp" in part ? { givenUp: part.givenUp } : {}),
        });
      }
      await write();
    },
  });
  return { lane, works, failures };
}

test("a full batch ends at the newest state that it holds, and what came behind that goes into the next", async () => {
  const { lane, works } = openLane({ maxRows: 5 });
  for (const id of ["a", "b"]) await lane.record(record(id));
  await lane.point("s", state(1));
  await lane.record(record("c"));
  await lane.point("s", state(2));
  for (const id of ["d", "e"]) await lane.record(record(id));
  await lane.drain();
  expect(works).toEqual([
    { keys: ["a", "b", "c"], points: [2] },
    { keys: ["d", "e"], points: [] },
  ]);
});

test("without any state a full batch is committed as it is, so that memory stays bounded", async () => {
  const { lane, works } = openLane({ maxRows: 2 });
  for (const id of ["a", "b", "c"]) await lane.record(record(id));
  await lane.drain();
  expect(works).toEqual([
    { keys: ["a", "b"], points: [] },
    { keys: ["c"], points: [] },
  ]);
});

test("a terminal status is committed at once, after a state that stands right before it", async () => {
  const { lane, works } = openLane({});
  await lane.record(record("a"));
  await lane.point("s", state(1));
  await lane.point("s", complete);
  await lane.drain();
  expect(works).toEqual([{ keys: ["a"], points: [1, "complete"] }]);
});

test("records between the last state and a terminal status are not covered by that state", async () => {
  const { lane, works } = openLane({});
  await lane.record(record("a"));
  await lane.point("s", state(1));
  await lane.record(record("b"));
  await lane.point("s", complete);
  await lane.drain();
  expect(works).toEqual([
    { keys: ["a"], points: [1] },
    { keys: ["b"], points: ["complete"] },
  ]);
});

test("a batch that waits is committed when its time is up", async () => {
  const { lane, works } = openLane({ maxWaitMs: 5 });
  await lane.record(record("a"));
  await expect.poll(() => works).toEqual([{ keys: ["a"], points: [] }]);
});

test("commits follow one another: the second begins when the first is through", async () => {
  let running = 0;
  let most = 0;
  const { lane, works } = openLane({
    maxRows: 1,
    async write() {
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setTimeout(resolve, 2));
      running -= 1;
    },
  });
  for (const id of ["a", "b", "c", "d"]) await lane.record(record(id));
  await lane.drain();
  expect(works.map(({ keys }) => keys)).toEqual([["a"], ["b"], ["c"], ["d"]]);
  expect(most).toBe(1);
});

test("a commit that fails is told at once, ends the drain, and nothing behind it is committed", async () => {
  const { lane, works, failures } = openLane({ maxRows: 1, write: () => Promise.reject(new Error("no")) });
  await lane.record(record("a"));
  await expect(lane.record(record("b"))).rejects.toThrow("no");
  await expect(lane.drain()).rejects.toThrow("no");
  expect(works).toHaveLength(1);
  expect(failures[0]).toEqual(new Error("no"));
});

test("rows that need their state wait for it, however long", async () => {
  const { lane, works } = openLane({ needsState: true, maxWaitMs: 1 });
  await lane.record(record("a"));
  await lane.point("s", state(1));
  await lane.record(record("b"));
  await lane.drain();
  expect(works).toEqual([{ stream: "s", keys: ["a"], points: [1], commits: true }]);
});

test("when memory is full they are written, and committed only when every stream among them has its state", async () => {
  const { lane, works } = openLane({ needsState: true, maxRows: 3 });
  await lane.record(record("a"));
  await lane.record(record("b", "t"));
  await lane.record(record("c"));
  await lane.point("s", state(1));
  await lane.drain();
  await lane.point("t", state(2));
  await lane.drain();
  expect(works).toEqual([
    { stream: "s", keys: ["a", "c"], points: [], commits: false },
    { stream: "t", keys: ["b"], points: [], commits: false },
    { stream: "s", keys: [], points: [1], commits: false },
    { stream: "t", keys: [], points: [2], commits: true },
  ]);
});

test("a later read brings what no state covers again, so an end that is not complete gives it up", async () => {
  const { lane, works } = openLane({ needsState: true });
  await lane.record(record("a"));
  await lane.point("s", state(1));
  for (const id of ["b", "c"]) await lane.record(record(id));
  await lane.point("s", incomplete);
  await lane.drain();
  expect(works).toEqual([{ stream: "s", keys: ["a"], points: [1, "incomplete"], commits: true, givenUp: 2 }]);
});

test("a complete stream whose last records no state covers waits for a global state, and gives them up without one", async () => {
  const covered = openLane({ needsState: true, hasState: true });
  await covered.lane.record(record("a"));
  await covered.lane.point("s", complete);
  await covered.lane.drain();
  expect(covered.works).toEqual([]);
  await covered.lane.globalState({
    type: "state",
    state: { seq: 1, scope: "global", data: {} },
    line: Buffer.alloc(0),
  });
  await covered.lane.end();
  expect(covered.works).toEqual([
    { stream: "s", keys: ["a"], points: ["complete"], commits: true },
    { stream: "global", keys: [], points: [1], commits: true },
  ]);

  const never = openLane({ needsState: true, hasState: true, maxRows: 2 });
  for (const id of ["a", "b", "c"]) await never.lane.record(record(id));
  await never.lane.point("s", complete);
  await never.lane.end();
  expect(never.works).toEqual([
    { stream: "s", keys: ["a", "b"], points: [], commits: false },
    { stream: "s", keys: [], points: ["complete"], commits: true, givenUp: 1 },
  ]);
});

test("a complete stream without any state is committed by its end: its next read begins anew", async () => {
  const { lane, works } = openLane({ needsState: true });
  await lane.record(record("a"));
  await lane.point("s", complete);
  await lane.drain();
  expect(works).toEqual([{ stream: "s", keys: ["a"], points: ["complete"], commits: true }]);
});

test("a global state is committed together with all that it covers", async () => {
  const { lane, works } = openLane({ needsState: true });
  await lane.record(record("a"));
  await lane.record(record("b", "t"));
  await lane.globalState({ type: "state", state: { seq: 1, scope: "global", data: {} }, line: Buffer.alloc(0) });
  expect(works).toEqual([
    { stream: "s", keys: ["a"], points: [], commits: true },
    { stream: "t", keys: ["b"], points: [], commits: true },
    { stream: "global", keys: [], points: [1], commits: true },
  ]);
});
