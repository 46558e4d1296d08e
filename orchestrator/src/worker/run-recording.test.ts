import { randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ACTOR, newPipeline, newStore, summaryOf } from "../fixtures/store.ts";
import { Recordings } from "../store/recordings.ts";
import { RunRecording } from "./run-recording.ts";

/** What says that a recording is cut is kept besides. */
const NOTE_BYTES = 300;

test("a recording is lines up to its end, also where it is cut, and all recordings of a run together have a limit", async () => {
  const { store } = await newStore();
  const { pipeline } = await newPipeline(store);
  const maxBytes = 8000;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 4000 })), { minLength: 1 }),
      async (parts) => {
        const { id } = await store.runs.create({ pipelineId: pipeline.id, options: {}, reason: "manual" }, ACTOR);
        const warnings: string[] = [];
        const recordings = new Recordings(store.database, { maxBytes });
        const held = { runId: id, worker: "w" };
        await store.heldRuns.start(held);
        const recording = new RunRecording(recordings, {
          held,
          warn: async (message) => void warnings.push(message),
        });
        const given: string[][] = [[]];
        for (const [isNew, length] of parts) {
          if (isNew && given.at(-1)?.length !== 0) given.push([]);
          const line = `"${randomBytes(length).toString("base64")}"\n`;
          given.at(-1)?.push(line);
          await recording.add(Buffer.from(line), given.length);
          await recording.flush();
        }
        const { count } = await recordings.find(id);
        let bytes = 0;
        for (let number = 1; number <= count; number += 1) {
          const kept = await buffer(recordings.parts({ runId: id, number }));
          const { isCut } = await recordings.find(id, number);
          bytes += kept.length;
          const lines = gunzipSync(kept)
            .toString()
            .split(/(?<=\n)/);
          if (isCut) expect(lines.pop()).toContain("The recording ends here");
          const wanted = given[number - 1] ?? [];
          expect(lines.filter((line) => line !== "")).toEqual(isCut ? wanted.slice(0, lines.length) : wanted);
          // the first one that is cut is the last one
          expect([number, isCut]).toEqual([number, warnings.length > 0 && number === count]);
        }
        expect([warnings.length, count]).toEqual(warnings.length === 0 ? [0, given.length] : [1, count]);
        expect(bytes).toBeLessThan(maxBytes + NOTE_BYTES);
        await store.heldRuns.end(held, summaryOf({ id, pipeline_id: pipeline.id }));
      },
    ),
    { numRuns: 25 },
  );
});

test("a recording that cannot be kept is told of once, and the run goes on", async () => {
  const { store } = await newStore();
  const warnings: string[] = [];
  const warn = async (message: string) => void warnings.push(message);
  const recording = new RunRecording(store.recordings, {
    held: { runId: "run_that_was_deleted", worker: "w" },
    warn,
  });
  for (let count = 0; count < 3; count += 1) {
    await recording.add(Buffer.from("{}\n"), 1);
    await recording.flush();
  }
  expect(warnings).toEqual([expect.stringContaining("could not be kept: ")]);
});
