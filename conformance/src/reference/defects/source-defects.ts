import { SluiceError, type Stream } from "@sluice/protocol";
import type { SourceOutput } from "@sluice/protocol/stdio";
import { comparePlaces, ItemPlace, type Item } from "../item.ts";
import type { SourceConfig } from "../source-config.ts";
import { ReferenceSource } from "../source.ts";
import type { DefectTable } from "./defect.ts";
import { hourNow, logsConfig, processDefects, startsWithSecret, takesItsTime } from "./process-defects.ts";
import { specDefects } from "./spec-defects.ts";

const LINE_SEPARATOR = Buffer.from("\u2028").toString("latin1");
const SLOW_MS = 15;

type Page = { place: ItemPlace | undefined; size: number; number: number };

/** The defects of source-reference, each by the check that finds it. */
export const sourceDefects: DefectTable<ReferenceSource> = {
  ...specDefects,
  ...processDefects,
  K1: {
    make: () =>
      new (class extends ReferenceSource {
        override async connect(config: SourceConfig): Promise<void> {
          await super.connect(config).catch((error: unknown) => {
            throw error instanceof SluiceError && error.code === "auth" ? new TypeError("status 401") : error;
          });
        }
      })(),
  },
  D1: discovering((stream) => ({ ...stream, cursor_field: "changed_at" })),
  D2: discovering((stream) => ({ ...stream, metadata: { listed_at: String(process.hrtime.bigint()) } })),
  D3: discovering((stream) => {
    const { note: _, ...properties } = Object(stream.json_schema["properties"]) as Record<string, unknown>;
    return { ...stream, json_schema: { ...stream.json_schema, properties } };
  }),
  D4: discovering((stream) => {
    const properties = { ...Object(stream.json_schema["properties"]), note: { type: "foo" } } as object;
    return { ...stream, json_schema: { ...stream.json_schema, properties } };
  }),
  R1: recording((data) => ({ ...data, updated: String(data["updated"]) })),
  "R1 of versions": { line: ({ type, text }) => (type === "record" ? text.replace(/"version":\d+,/, "") : text) },
  R2: { line: ({ type, nth, text }) => (type === "record" && nth === 3 ? text + text : text) },
  R3: recording((data) => ({ ...data, note: null })),
  R4: {
    line: ({ type, text }) =>
      type === "stream_status" && text.includes('"complete"') && text.includes('"items"') ? "" : text,
  },
  R5: {
    line: ({ type, nth, text }) =>
      type === "state" && nth === 2
        ? text.replace(/("records":\{"\w+":)(\d+)/, (_, head, count) => head + (Number(count) + 1))
        : text,
  },
  R6: paging((items, { place, size, number }, honest) => {
    const isLost = (item: Item) => number === 0 && item.updated === place?.updated;
    return honest(
      items.filter((item) => !isLost(item)),
      { place, size, number },
    );
  }),
  R7: {
    begin() {
      const at = process.argv.indexOf("--catalog");
      if (at !== -1) process.argv.splice(at, 2);
    },
  },
  R8: {
    make: () =>
      new (class extends ReferenceSource {
        override placeOf(state: unknown): ItemPlace {
          return ItemPlace.parse(state);
        }
      })(),
  },
  R9: paging((items, { place, size }) =>
    items.filter(({ updated }) => updated > (place?.updated ?? -1)).slice(0, size),
  ),
  R10: pagingByOffset(),
  R11: {
    make: () =>
      new (class extends ReferenceSource {
        override readonly attempts: number = 1;
      })(),
  },
  F4: claimingAtSignals(),
  F9: {
    make: () =>
      new (class extends ReferenceSource {
        override async items(config: SourceConfig, stream: string): Promise<Item[]> {
          process.stdout.write(`Reading ${stream}\n`);
          return super.items(config, stream);
        }
      })(),
  },
  P1: {
    line: ({ type, text }) => (type === "record" ? text.replace(LINE_SEPARATOR, `${LINE_SEPARATOR}\n`) : text),
  },
  L1: connecting((config) => logsConfig(config)),
  L2: connecting(({ token }) => startsWithSecret(token)),
  L3: recording((data) => ({ ...data, note: new Date(Number(data["updated"]) * 1000).toString() })),
  L4: recording((data) => ({ ...data, note: hourNow() })),
  T1: {
    make: () =>
      new (class extends ReferenceSource {
        override async *readStream(...args: Parameters<ReferenceSource["readStream"]>) {
          for await (const output of super.readStream(...args)) {
            takesItsTime(SLOW_MS);
            yield output;
          }
        }
      })(),
  },
};

function discovering(change: (stream: Stream) => Stream): DefectTable<ReferenceSource>[string] {
  return {
    make: () =>
      new (class extends ReferenceSource {
        override async discover(config: SourceConfig): Promise<Stream[]> {
          return (await super.discover(config)).map(change);
        }
      })(),
  };
}

function recording(
  change: (data: Record<string, unknown>) => Record<string, unknown>,
): DefectTable<ReferenceSource>[string] {
  return {
    make: () =>
      new (class extends ReferenceSource {
        override recordOf(stream: string, item: Item, paddingBytes: number): SourceOutput {
          const output = super.recordOf(stream, item, paddingBytes);
          return output.type === "record" ? { ...output, data: change(output.data) } : output;
        }
      })(),
  };
}

type Honest = (items: readonly Item[], page: Page) => Item[];

function paging(
  page: (items: readonly Item[], page: Page, honest: Honest) => Item[],
): DefectTable<ReferenceSource>[string] {
  return {
    make: () =>
      new (class extends ReferenceSource {
        override pageBehind(items: readonly Item[], wanted: Page): Item[] {
          return page(items, wanted, (some, asked) => super.pageBehind(some, asked));
        }
      })(),
  };
}

function pagingByOffset(): DefectTable<ReferenceSource>[string] {
  let offset = 0;
  return paging((items, { place, size, number }) => {
    const behind = place === undefined ? items.length : items.filter((item) => comparePlaces(item, place) > 0).length;
    offset = number === 0 ? items.length - behind : offset + size;
    return items.slice(offset, offset + size);
  });
}

function connecting(act: (config: SourceConfig) => void): DefectTable<ReferenceSource>[string] {
  return {
    make: () =>
      new (class extends ReferenceSource {
        override async connect(config: SourceConfig): Promise<void> {
          act(config);
          await super.connect(config);
        }
      })(),
  };
}

function claimingAtSignals(): DefectTable<ReferenceSource>[string] {
  let isStopping = false;
  return {
    begin: () => {
      for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => (isStopping = true));
    },
    line: ({ type, text }) =>
      isStopping && type === "state"
        ? text.replace(/("records":\{"\w+":)(\d+)/, (_, head, count) => head + (Number(count) + 10))
        : text,
  };
}
