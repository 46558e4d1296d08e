import { expect, test } from "vitest";
import { Plan } from "./plan.ts";
import { Subject } from "./subject.ts";

const subject = (plan: object) =>
  new Subject({ command: ["nobody"], plan: Plan.parse(plan), folder: "/", scratch: "/" });
const row = '{"b":null, "a":"", "c":{"d":null,"e":""}, "n":1.10, "big":9007199254740993}';

test("rows are compared with every member, unless the plan says that the store has one blank for several", () => {
  expect(subject({}).comparable(row)).toBe(
    '{"a":"","b":null,"big":9007199254740993e0,"c":{"d":null,"e":""},"n":11e-1}',
  );
  const blanks = "A cell is empty or it is not, and nobody can tell why it is empty.";
  expect(subject({ blanks }).comparable(row)).toBe('{"big":9007199254740993e0,"c":{"d":null,"e":""},"n":11e-1}');
  expect(subject({ blanks }).comparable('{"a":null}')).toBe("{}");
});
