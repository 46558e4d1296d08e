import { Capabilities } from "@sluice/protocol";
import { expect, test } from "vitest";
import { checks } from "../checks/index.ts";
import { checksOfCapabilities, uncheckedClaims } from "./claims.ts";

test("of every capability it is known which checks look at it", () => {
  expect(Object.keys(checksOfCapabilities).toSorted()).toEqual(Object.keys(Capabilities.shape).toSorted());
  const known = checks.map(({ id }) => id);
  expect(Object.values(checksOfCapabilities).flat()).toSatisfy((ids: string[]) =>
    ids.every((id) => known.includes(id)),
  );
});

test("what is claimed and has no check is named, and so is a claim that nobody knows", () => {
  const claims = { modes: ["append", "history"], sweep: true, fencing: true, live: false, teleport: true };
  expect(uncheckedClaims(claims)).toEqual(["mode history", "sweep", "teleport"]);
});
