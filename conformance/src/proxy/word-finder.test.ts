import fc from "fast-check";
import { expect, test } from "vitest";
import { WordFinder } from "./word-finder.ts";

test.each([
  ["Q\0\0\0\u000bCOMMIT\0", 1],
  ['{"sql":"commit"}', 1],
  ["COMMIT;COMMIT", 1],
  ["CREATE TEMP TABLE t (a int) ON COMMIT DROP", 0],
  ["SELECT committed_at FROM commits", 0],
  ["ROLLBACK", 0],
])("in %j a COMMIT is found %i times", (text, times) => {
  expect(Number(new WordFinder("commit").isIn(Buffer.from(text, "latin1")))).toBe(times);
});

test("a word is found once, however the bytes are cut", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.nat(), (before, after, at) => {
      const bytes = Buffer.from(`${before.replaceAll(/commit/gi, "")};commit\0${after.replaceAll(/commit/gi, "")}`);
      const finder = new WordFinder("commit");
      const cut = at % bytes.length;
      const found = [bytes.subarray(0, cut), bytes.subarray(cut)].filter((chunk) => finder.isIn(chunk));
      expect(found.length).toBe(1);
    }),
  );
});
