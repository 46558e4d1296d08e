import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { messageSchemas } from "@sluice/protocol";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { RunRecorder, readRecording } from "./recording.ts";
import { LineRecorder } from "./redacted-lines.ts";
import { Redaction } from "./redaction.ts";

function recordOf(data: unknown): Buffer {
  return Buffer.from(JSON.stringify({ type: "record", record: { stream: "s", op: "upsert", version: 7, data } }));
}

/** A value's shape: its names, and of texts and numbers only the kinds of their characters. */
function shapeOf(value: unknown): unknown {
  if (typeof value === "string")
    return value
      .replaceAll(/[a-z]/g, "a")
      .replaceAll(/[A-Z]/g, "A")
      .replaceAll(/\d/g, "0")
      .replaceAll(/\P{ASCII}/gu, "a");
  if (typeof value === "number") return typeof value;
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shapeOf(each)]));
}

test("a record keeps its shape, its stream and its version", () => {
  const redaction = new Redaction();
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (data) => {
      const redacted = JSON.parse(redaction.line(recordOf(data)).toString());
      expect(redacted.record).toMatchObject({ stream: "s", op: "upsert", version: 7 });
      expect(shapeOf(redacted.record.data)).toEqual(shapeOf(JSON.parse(JSON.stringify(data))));
    }),
  );
});

test("equal texts stay equal, so that keys join, and what they were cannot be read", () => {
  const redaction = new Redaction();
  const line = redaction.line(
    recordOf({ id: "cus_Alexandria", same: "cus_Alexandria", amount: 12345, at: "2026-01-02T03:04:05Z" }),
  );
  const { data } = JSON.parse(line.toString()).record;
  expect(data.id).toBe(data.same);
  expect(data.id).not.toContain("Alexandria");
  expect(String(data.amount)).toHaveLength(5);
  expect(data.at).toBe("2026-01-02T03:04:05Z");
});

/** A value in which every text and every number of a message is a mark. */
const MARKED = { text: "sesame", list: ["sesame", { deep: "sesame" }], number: 987654321 };

test("of a message only what is known to tell nothing stays, whatever else is in it", () => {
  const redaction = new Redaction();
  const known = { stream: "pets", seq: 3, status: "failed", scope: "stream", generation_id: "2026-01-01T00:00:00Z" };
  for (const type of Object.keys(messageSchemas)) {
    const payload = { ...known, data: MARKED, reason: "sesame", message: "sesame", emitted_at: "sesame", own: MARKED };
    const line = redaction.line(Buffer.from(JSON.stringify({ type, [type]: payload, beside: MARKED }))).toString();
    expect(line).not.toMatch(/sesame|987654321/);
    expect(["log", type]).toContain(JSON.parse(line).type);
    if (type === "stream_status")
      expect(JSON.parse(line).stream_status).toMatchObject({ stream: "pets", status: "failed" });
  }
  const foreign = redaction.line(Buffer.from('{"type":"sesame_thing","sesame_thing":{"email":"sesame"}}'));
  expect(foreign.toString()).not.toContain("sesame");
});

test("a catalog keeps what tables are made of, and nothing that is said in it", () => {
  const json_schema = {
    type: "object",
    description: "sesame",
    properties: {
      id: { type: "string", format: "uuid", default: "sesame", examples: ["sesame"] },
      kind: { anyOf: [{ enum: ["sesame"] }, { type: ["string", "null"] }], title: "sesame" },
    },
    required: ["id"],
  };
  const stream = { name: "pets", json_schema, primary_key: ["id"], supports: { incremental: true }, metadata: MARKED };
  for (const each of [stream, { stream, sync_mode: "incremental", destination_mode: "merge", more: "sesame" }]) {
    const line = new Redaction().line(Buffer.from(JSON.stringify({ type: "catalog", catalog: { streams: [each] } })));
    expect(line.toString()).not.toMatch(/sesame|987654321/);
    const [found] = JSON.parse(line.toString()).catalog.streams;
    expect(found.stream ?? found).toMatchObject({
      name: "pets",
      primary_key: ["id"],
      json_schema: {
        properties: { id: { type: "string", format: "uuid" }, kind: { anyOf: [{}, { type: ["string", "null"] }] } },
        required: ["id"],
      },
    });
  }
});

test("a recording ends with the last line also when nothing ends that line", async () => {
  const folder = await mkdtemp(join(tmpdir(), "redaction-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "all.gz");
  const recording = new RunRecorder(path, { redact: true });
  await recording.write(Buffer.concat([recordOf({ a: "sesame" }), Buffer.from("\n"), recordOf({ a: "open" })]), 1);
  await recording.close();
  const lines = (await text(readRecording(path))).split("\n").map((line) => JSON.parse(line));
  expect(lines.map(({ record }) => record.data.a.length)).toEqual([6, 4]);
});

test("messages for people and configurations are left out, and broken lines say nothing", () => {
  const redaction = new Redaction();
  for (const line of [
    '{"type":"log","log":{"level":"info","message":"sesame"}}',
    '{"type":"control","control":{"config":{"token":"sesame"}}}',
    '{"type":"record","record":{"stream":"s","data":{"a":"sesame',
  ]) {
    expect(redaction.line(Buffer.from(line)).toString()).not.toContain("sesame");
  }
});

test("whatever pieces a source's output comes in, what is handed on is whole lines of one attempt, all of them", async () => {
  const text = Buffer.concat([recordOf({ a: "sesame" }), Buffer.from("\n"), recordOf({ a: "open" })]);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: text.length - 1 }), { maxLength: 5 }), async (cuts) => {
      const taken: { lines: string; attempt: number }[] = [];
      const recorder = new LineRecorder(
        async (lines, attempt) => void taken.push({ lines: lines.toString(), attempt }),
      );
      const ends = [...cuts.toSorted((one, other) => one - other), text.length];
      for (const attempt of [1, 2])
        for (const [at, end] of ends.entries()) await recorder.write(text.subarray(ends[at - 1] ?? 0, end), attempt);
      await recorder.close();
      for (const attempt of [1, 2]) {
        const own = taken.filter((each) => each.attempt === attempt).map(({ lines }) => lines);
        expect(own.every((lines) => lines.endsWith("\n"))).toBe(true);
        const lengths = own
          .join("")
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line).record.data.a.length);
        expect(lengths).toEqual([6, 4]);
      }
    }),
  );
});
