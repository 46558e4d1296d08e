import fc from "fast-check";
import { expect, test } from "vitest";
import { storedSelection } from "./stored-selection.ts";
import { possibleModes, usualMode, type DestinationMode } from "./stream-modes.ts";
import { selectionSettings, type StreamChoice } from "./stream-selection.ts";
import type { OfferedStream } from "./stream.ts";

const MODES: DestinationMode[] = ["append", "merge", "overwrite", "history"];
const streams = ["a", "b", "c", "d"].map((name, at): OfferedStream => ({
  name,
  group: "others",
  access: name === "d" ? "denied" : "granted",
  reason: undefined,
  key: at === 1 ? [] : ["id"],
  fields: [],
  canFollow: at !== 2,
  deletes: false,
  parent: undefined,
}));

const Selection = fc
  .tuple(
    ...streams
      .filter(({ access }) => access === "granted")
      .map((stream) => {
        const others = possibleModes(stream, MODES).filter((mode) => mode !== usualMode(stream, MODES));
        const Choice: fc.Arbitrary<StreamChoice> = fc.record(
          { mode: fc.constantFrom(...others), fields: fc.array(fc.constantFrom("x", "y"), { minLength: 1 }) },
          { requiredKeys: [] },
        );
        return fc.option(Choice.map((choice) => [stream.name, choice] as const));
      }),
  )
  .map((chosen) => new Map(chosen.filter((each) => each !== null)))
  .filter((selection) => selection.size > 0);

test("what was chosen is chosen again when it comes back from the settings", () => {
  fc.assert(
    fc.property(Selection, (selection) => {
      const settings = selectionSettings(selection, streams, MODES);
      expect(new Map(storedSelection(settings, streams))).toEqual(selection);
    }),
  );
});

test("what the picker cannot show is not taken for something else", () => {
  for (const entry of ["a*", "none", "d", { name: "a", limit: 3 }, { name: "a", sync_mode: "full_refresh" }])
    expect(storedSelection({ streams: [entry] }, streams)).toBeUndefined();
});
