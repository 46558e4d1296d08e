import { expect, test } from "vitest";
import { actionWords } from "./audit-words.ts";

test("an action is told in words, and one of a newer server as it is", () => {
  expect(actionWords("state.reset")).toBe("State forgotten");
  expect(actionWords("pipeline.update")).toBe("Pipeline changed");
  expect(actionWords("thing.twirl")).toBe("thing.twirl");
});
