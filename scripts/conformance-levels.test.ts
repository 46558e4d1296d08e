import { expect, test } from "vitest";
import { isFlaw, pageText, reportOf, testedConnectors, withLevel } from "./conformance-levels.ts";

const SEED = 1;
const LONG_MS = 300_000;

test.each(testedConnectors)(
  "$name passes every check of the kit, and its page tells the level",
  async (tested) => {
    const report = await reportOf(tested, SEED);
    expect(report.results.filter(isFlaw)).toEqual([]);
    expect(report).toMatchObject({ badge: 2, exemptions: 0 });
    const text = pageText(tested);
    // to write it: node --conditions=@sluice/source scripts/conformance-levels.ts
    expect(text).toBe(await withLevel(text, tested, report));
  },
  LONG_MS,
);
