import { PassThrough } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { SourceInbox } from "./source-inbox.ts";

const MIB = 1024 * 1024;

function newInbox(sizes: readonly number[]) {
  const stdin = new PassThrough();
  let text = "";
  stdin.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const told: number[] = [];
  const inputs = {
    async *waiting() {
      for (const [index, size] of sizes.entries())
        yield { seq: index + 1, received_at: "", kind: "webhook", headers: {}, body: "x".repeat(size) };
    },
    committed: (through: number) => void told.push(through),
  };
  const inbox = new SourceInbox(stdin, inputs);
  const lines = () => text.split("\n").filter((line) => line !== "");
  const seqs = () => lines().flatMap((line) => (JSON.parse(line).type === "input" ? [JSON.parse(line).input.seq] : []));
  return { inbox, told, lines, seqs, bytes: () => text.length };
}

const aWhile = () => new Promise((resolve) => setTimeout(resolve, 5));

test("never more than 8 MiB are on their way, and each input comes once, in order", async () => {
  const size = fc.oneof({ weight: 3, arbitrary: fc.nat(1000) }, fc.integer({ min: MIB, max: 3 * MIB }));
  await fc.assert(
    fc.asyncProperty(fc.array(size, { minLength: 1, maxLength: 12 }), fc.gen(), async (sizes, draw) => {
      const { inbox, told, seqs } = newInbox(sizes);
      const fed = inbox.feed();
      for (let through = 0; through < sizes.length;) {
        await aWhile();
        const sent = seqs();
        expect(sent).toEqual(Array.from({ length: sent.length }, (_, index) => index + 1));
        const flying = sizes.slice(through, sent.length);
        expect(flying.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(8 * MIB);
        // as many as there is room for
        expect(sent.length).toBeGreaterThan(through);
        through = draw(fc.integer, { min: through + 1, max: sent.length });
        inbox.committed({ seq: through, inputs_through: through });
      }
      await fed;
      expect(told.at(-1)).toBe(sizes.length);
    }),
    { numRuns: 15 },
  );
});

test("an input that is larger than that goes alone, and one that is closed hands on no more", async () => {
  const { inbox, seqs } = newInbox([9 * MIB, 10, 10]);
  const fed = inbox.feed();
  await expect.poll(seqs).toEqual([1]);
  inbox.close();
  await fed;
  expect(seqs()).toEqual([1]);
});

test("of what is durable the newest is told once a source reads again", async () => {
  const stdin = new PassThrough({ highWaterMark: 10 });
  const inbox = new SourceInbox(stdin, undefined);
  for (let seq = 1; seq <= 50; seq += 1) inbox.committed({ seq, inputs_through: seq });
  let text = "";
  stdin.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await expect.poll(() => JSON.parse(text.trim().split("\n").at(-1) ?? "{}").committed?.seq).toBe(50);
  expect(text.trim().split("\n").length).toBeLessThan(5);
});
