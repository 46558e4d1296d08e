import fc from "fast-check";
import { expect, test } from "vitest";
import { prettyLogLine } from "./pretty-log.ts";
import { printable } from "./printable.ts";

test.each([
  ["plain", "It took 3 s, as ever: naïve, 東京, 🙂\tx", "It took 3 s, as ever: naïve, 東京, 🙂\tx"],
  ["a title and a cleared screen", "a\u001b]0;owned\u0007b\u001b[2Jc", "abc"],
  ["a colour", "\u001b[31mred\u001b[0m", "red"],
  ["a line of ours", "x\np: succeeded after 1 s.", "x\n  | p: succeeded after 1 s."],
  ["a line that is written over", "failed\rsucceeded", "failed\\u000dsucceeded"],
  ["a lone escape", "a\u001b", "a\\u001b"],
  ["a turned order", "a\u202eb\u2066c", "a\\u202eb\\u2066c"],
])("%s", (_, text, expected) => {
  expect(printable(text)).toBe(expected);
});

test("whatever the text, no control character is left, and every line behind the first is marked", () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom("\u001b", "[", "]", "2", "J", ";", "m", "\n", "\r", "\u0007", "\u009b"),
      fc.integer({ min: 0, max: 0xd7ff }).map((code) => String.fromCodePoint(code)),
    ),
  });
  fc.assert(
    fc.property(text, (any) => {
      const [first = "", ...more] = printable(any).split("\n");
      expect([first, ...more].filter((line) => /[^\P{Cc}\t]/u.test(line))).toEqual([]);
      expect(more.filter((line) => !line.startsWith("  | "))).toEqual([]);
    }),
  );
});

test("a log line, a message and a line that is neither are shown without what a terminal would act on", () => {
  const evil = "\u001b]0;owned\u0007\u001b[2Jfake\nstripe: succeeded";
  for (const line of [
    JSON.stringify({ level: "warn", program: evil, message: evil, field: evil }),
    JSON.stringify({ type: "log", log: { level: "warn", message: evil, fields: { evil } } }),
    JSON.stringify({ type: "stream_status", stream_status: { stream: evil, status: "failed", reason: evil } }),
    JSON.stringify({ type: evil }),
    evil,
  ]) {
    const shown = prettyLogLine(line, { withTime: true });
    expect(shown).not.toContain("\u001b");
    expect(shown).not.toMatch(/^stripe/m);
  }
});
