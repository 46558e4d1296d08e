import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { StateHistory } from "./state-history.ts";
import { stateLineOf } from "./state-lines.ts";

async function newFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "state-history-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, "history.ndjson");
}

function state(seq: number, stream: string | null) {
  const scope = stream === null ? '"scope":"global"' : `"scope":"stream","stream":"${stream}"`;
  return stateLineOf(`{"type":"state","state":{"seq":${seq},${scope},"data":{"at":9007199254740993}}}`);
}

test("of each scope the last 50 are kept, in order, however they come, and the file stays bounded", async () => {
  const batch = fc.record({ stream: fc.constantFrom("a", "b", "c", null), count: fc.integer({ min: 1, max: 120 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { maxLength: 8 }), fc.integer({ min: 0, max: 7 }), async (batches, restart) => {
      const path = await newFile();
      let history = new StateHistory(path);
      const added = new Map<string | null, number[]>();
      let seq = 0;
      for (const [index, { stream, count }] of batches.entries()) {
        // another run, perhaps
        if (index === restart) history = new StateHistory(path);
        const states = Array.from({ length: count }, () => state((seq += 1), stream));
        await history.add(states);
        added.set(stream, [...(added.get(stream) ?? []), ...states.map((each) => each.state.seq)]);
      }
      const kept = (await history.lines()).map((line) => stateLineOf(line).state);
      const seqs = kept.map((each) => each.seq);
      expect(seqs).toEqual(seqs.toSorted((one, other) => one - other));
      for (const [stream, all] of added) {
        const of = kept.filter((each) => (each.stream ?? null) === stream);
        expect(of.map((each) => each.seq)).toEqual(all.slice(-50));
      }
      const lines = batches.length === 0 ? [] : (await readFile(path, "utf8")).trim().split("\n");
      expect(lines.length).toBeLessThanOrEqual(2 * 50 * Math.max(1, added.size));
    }),
    { numRuns: 20 },
  );
});

test("a line that a crash has cut is left out, and takes none with it", async () => {
  const path = await newFile();
  await new StateHistory(path).add([state(1, "a")]);
  await appendFile(path, '{"type":"state","state":{"seq":2,');
  const next = new StateHistory(path);
  await next.add([state(3, "a")]);
  expect((await next.lines()).map((line) => stateLineOf(line).state.seq)).toEqual([1, 3]);
});
