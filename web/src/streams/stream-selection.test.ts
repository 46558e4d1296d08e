import fc from "fast-check";
import { expect, test } from "vitest";
import { possibleModes, syncModeFor, usualMode, type DestinationMode } from "./stream-modes.ts";
import { everything, selectionSettings, withChoice, withStreams, type StreamSelection } from "./stream-selection.ts";
import { offeredStreams, type OfferedStream } from "./stream.ts";

const MODES: DestinationMode[] = ["merge", "history", "append", "overwrite"];
const FIELDS = ["id", "created", "name"];

const source = fc
  .uniqueArray(
    fc.record({
      name: fc.stringMatching(/^[a-z]{1,3}(_[a-z]{1,3})?$/),
      isKeyed: fc.boolean(),
      incremental: fc.boolean(),
    }),
    { selector: ({ name }) => name, minLength: 1, maxLength: 12 },
  )
  .map((streams) =>
    streams.map(({ name, isKeyed, incremental }) => ({
      name,
      json_schema: {
        type: "object",
        properties: Object.fromEntries(FIELDS.map((field) => [field, { type: "string" }])),
      },
      ...(isKeyed ? { primary_key: ["id"] } : {}),
      supports: { incremental },
    })),
  );

test("what is chosen in the page is what a run moves, in the mode and with the fields that were chosen", () => {
  fc.assert(
    fc.property(source, fc.infiniteStream(fc.nat()), (catalog, random) => {
      const streams = offeredStreams({ streams: catalog });
      const draw = (count: number) => random.next().value % count;
      let selection: StreamSelection = everything(streams);
      for (const stream of streams) {
        if (draw(3) === 0) selection = withStreams(selection, [stream], false);
        else if (draw(2) === 0) {
          const possible = possibleModes(stream, MODES);
          const mode = possible[draw(possible.length)];
          const fields = draw(2) === 0 ? undefined : ["name"];
          selection = withChoice(selection, stream.name, {
            ...(mode === undefined ? {} : { mode }),
            ...(fields === undefined ? {} : { fields }),
          });
        }
      }
      fc.pre(selection.size > 0);
      const moved = movedBy(selectionSettings(selection, streams, MODES), streams);
      expect([...moved.keys()].toSorted()).toEqual([...selection.keys()].toSorted());
      for (const [name, { mode, sync, fields }] of moved) {
        const offered = streams.find((stream) => stream.name === name);
        const choice = selection.get(name) ?? {};
        if (offered === undefined) throw new Error(name);
        const wanted = choice.mode ?? usualMode(offered, MODES);
        expect({ mode, sync, fields }).toEqual({
          mode: wanted,
          sync: syncModeFor(wanted, offered),
          fields: choice.fields,
        });
      }
    }),
  );
});

test("everything as usual names no stream, so that streams that the source adds later come, too", () => {
  const streams = offeredStreams({
    streams: [
      { name: "a", json_schema: {}, primary_key: ["id"] },
      { name: "b", json_schema: {}, metadata: { access: { status: "denied", message: "b_read is missing" } } },
    ],
  });
  const all = everything(streams);
  expect([...all.keys()]).toEqual(["a"]);
  expect(selectionSettings(all, streams, MODES)).toEqual({});
  expect(withStreams(all, streams, true)).toEqual(all);
  expect(streams[1]).toMatchObject({ access: "denied", reason: "b_read is missing" });
});

type Moved = { mode: unknown; sync: unknown; fields: unknown };

/** What a run makes of the `streams` of a sluice.yaml: "*" stands for all, and the last choice of a stream counts. */
function movedBy({ streams: entries = ["*"] }: { streams?: unknown }, offered: readonly OfferedStream[]) {
  const moved = new Map<string, Moved>();
  for (const entry of entries as (string | Record<string, unknown>)[]) {
    const {
      name,
      destination_mode: mode,
      sync_mode: sync,
      fields,
    }: Record<string, unknown> = typeof entry === "string" ? { name: entry } : entry;
    for (const stream of offered.filter((each) => name === "*" || each.name === name)) {
      const usual = usualMode(stream, MODES);
      moved.set(stream.name, {
        mode: mode ?? usual,
        sync: sync ?? syncModeFor(usual, stream),
        fields,
      });
    }
  }
  return moved;
}
