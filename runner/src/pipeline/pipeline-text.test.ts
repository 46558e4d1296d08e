import type { Payload } from "@sluice/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { pipelineText } from "./pipeline-text.ts";

/** Any character, those often that mean something to YAML or to a terminal. */
const character = fc
  .oneof(
    fc.integer({ min: 0, max: 0xff }),
    fc.integer({ min: 0x2000, max: 0x206f }),
    fc.integer({ min: 0xe000, max: 0x1ffff }),
  )
  .map((code) => String.fromCodePoint(code));

function specOf(kind: "source" | "destination", config: Record<string, unknown>): Payload<"spec"> {
  return { protocol_version: 1, connector: { name: `${kind}-own`, version: "1", kind }, config, capabilities: {} };
}

test("whatever a connector says of its fields, the file is YAML that asks for the fields that are needed and nothing else", () => {
  const said = fc.oneof(fc.string({ unit: character }), fc.constantFrom("a\nb: c", "a\r\n\tb", "x\u2028y\u0085z", "…"));
  const field = fc.record(
    { description: said, default: fc.oneof(said, fc.jsonValue({ maxDepth: 2 })) },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(
      fc.dictionary(said, field, { maxKeys: 4 }),
      fc.string({ unit: character, minLength: 1 }),
      (properties, needed) => {
        const config = { properties: { ...properties, [needed]: { description: "a\nneeded: x" } }, required: [needed] };
        const text = pipelineText(specOf("source", config), specOf("destination", {}));
        const { source, destination } = parse(text).pipelines["own-to-own"];
        expect(Object.keys(source.config)).toEqual([needed]);
        expect(source.config[needed]).toMatch(/^\$\{SOURCE_OWN_\w+\}$/);
        expect(destination).toEqual({ connector: "destination-own", config: {} });
      },
    ),
    { numRuns: 50 },
  );
});

test("a description of several lines is a comment of several lines, a default a line behind it", () => {
  const properties = {
    region: { description: "Where it is.\nThe nearest is best.", default: "eu-1" },
    tags: { default: ["a", "b\nc"] },
  };
  const text = pipelineText(specOf("source", { properties, required: [] }), specOf("destination", {}));
  expect(text).toContain(
    `        # Where it is.
        # The nearest is best.
        # region: eu-1
        # tags: ["a","b\\nc"]
`,
  );
});
