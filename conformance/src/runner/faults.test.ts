import { expect, test } from "vitest";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { faultCases, faultProblems } from "./fault-run.ts";

// Each fault with one kind of destination, in turn: `npm run soak -- runner` runs all of them, many times.
const all = faultCases();
const faultsOfKind = all.length / 2;
const cases = all.filter((_, index) => ((index % faultsOfKind) + Math.floor(index / faultsOfKind)) % 2 === 0);

test("each fault is tried with one kind of destination", () => {
  const names = (of: typeof all) => of.map(({ role, fault }) => `${role} ${fault}`).toSorted();
  expect(names(cases)).toEqual([...new Set(names(all))]);
});

test.concurrent.for(cases)("the fault $fault of a $role is found, with a $kind", async (each, { onTestFinished }) => {
  expect(await faultProblems(await temporaryFolder(onTestFinished), each)).toEqual([]);
});
