import { expect, test } from "vitest";
import { pageText, reportOf, testedConnectors, withLevel } from "./conformance-levels.ts";

const SEED = 1;
const LONG_MS = 300_000;

test.each(testedConnectors)(
  "$name passes every check of the kit, and its page tells the level",
  async (tested) => {
    const report = await reportOf(tested, SEED);
    const wrong = report.results.filter(
      ({ level, verdict }) => level < 3 && verdict !== "passed" && verdict !== "not_applicable",
    );
    expect(wrong).toEqual([]);
    expect(report).toMatchObject({ badge: 2, exemptions: 0 });
    const text = pageText(tested);
    // to write it: node --conditions=@sluice/source scripts/conformance-levels.ts
    expect(text).toBe(await withLevel(text, tested, report));
  },
  LONG_MS,
);
