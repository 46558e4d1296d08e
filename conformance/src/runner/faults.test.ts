import { expect, test } from "vitest";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { faultCases, faultProblems } from "./fault-run.ts";

// Half of the cases each: `npm run soak -- runner` runs all of them, many times.
const cases = faultCases().filter((_, index) => index % 2 === 0);

test.concurrent.for(cases)("the fault $fault of a $role is found, with a $kind", async (each, { onTestFinished }) => {
  expect(await faultProblems(await temporaryFolder(onTestFinished), each)).toEqual([]);
});
