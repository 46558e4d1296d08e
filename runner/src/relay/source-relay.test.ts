import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { ConfiguredStream } from "@sluice/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ChildInput } from "./child-input.ts";
import { Ledger } from "./ledger.ts";
import { SourceRelay, type SourceEvents } from "./source-relay.ts";

const STREAM: ConfiguredStream = {
  stream: { name: "s", json_schema: {} },
  sync_mode: "full_refresh",
  destination_mode: "append",
};
const CATALOG = `${JSON.stringify({ type: "catalog", catalog: { streams: [STREAM] } })}\n`;

/** Relays chunks to the end; resolves to what the destination got and what was counted. */
async function relay(chunks: readonly Buffer[], events: Partial<SourceEvents> = {}) {
  const stdin = new PassThrough();
  const received = buffer(stdin);
  const ledger = new Ledger([STREAM]);
  const input = new ChildInput(stdin);
  const relaying = new SourceRelay({
    ledger,
    input,
    strict: false,
    events: {
      onLine: () => {},
      onProgress: () => {},
      onLog: () => {},
      onError: () => {},
      onControl: async () => {},
      onStatus: () => {},
      onCatalog: () => {},
      ...events,
    },
  });
  try {
    await relaying.run(Readable.from(chunks, { objectMode: false }));
  } finally {
    input.end();
  }
  return { text: (await received).toString(), records: ledger.entry("s").records };
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, index = 0; at < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

test("any data under any chunking arrives byte for byte and is counted, canonical or not", async () => {
  const forms = [
    (data: string) => `{"type":"record","record":{"stream":"s","op":"upsert","version":7,"data":${data}}}\n`,
    (data: string) => `{"type":"record","record":{"stream":"s","data":${data}}}\r\n`,
    (data: string) => `{ "record": {"data": ${data}, "stream": "\\u0073"}, "type": "record" }\n`,
    (data: string) => `{"type":"record","record":{"stream":"s","data":${data}},"more":{"a":{}}}\n`,
  ];
  const line = fc
    .tuple(fc.constantFrom(...forms), fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()))
    .map(([form, data]) => form(JSON.stringify(data)));
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
      async (lines, sizes) => {
        const text = CATALOG + lines.join("");
        expect(await relay(cut(Buffer.from(text), sizes))).toEqual({ text, records: lines.length });
      },
    ),
  );
});

test("digits, raw line separators and a last line without its end arrive as they were", async () => {
  const data = '{"a":9007199254740993,"b":1.10,"c":1e400,"d":"\u2028\u2029"}';
  const line = `{"type":"record","record":{"stream":"s","data":${data}}}`;
  const { text, records } = await relay([Buffer.from(CATALOG + line)]);
  expect({ text, records }).toEqual({ text: `${CATALOG + line}\n`, records: 1 });
});

test("a record before the catalog breaks the protocol, whatever its form", async () => {
  for (const record of [
    '{"type":"record","record":{"stream":"s","data":{}}}\n',
    '{"record":{"stream":"s","data":{}},"type":"record"}\n',
  ]) {
    await expect(relay([Buffer.from(record + CATALOG)])).rejects.toThrow("does not begin with a catalog");
  }
});

test("a line that is cut, or not UTF-8, is located", async () => {
  await expect(relay([Buffer.from(`${CATALOG}{"type":"rec`)])).rejects.toThrow("in the middle of line 2");
  const broken = Buffer.from('{"type":"record","record":{"stream":"s","data":{"a":"\xff"}}}\n', "latin1");
  await expect(relay([Buffer.from(CATALOG), broken])).rejects.toThrow("Line 2 of the input is not valid UTF-8");
});

test("logs and errors are not handed on, messages of unknown types are, and a state gets its counts", async () => {
  const lines = [
    '{"type":"log","log":{"level":"info","message":"m"}}\n',
    '{"type":"error","error":{"failure_type":"data","message":"m","stream":"s"}}\n',
    '{"type":"novelty","novelty":{"a":1.10}}\n',
    '{"type":"record","record":{"stream":"s","data":{}}}\n',
    '{"type":"state","state":{"seq":1,"scope":"stream","stream":"s","data":{"at":1.10}}}\n',
  ];
  const { text } = await relay([Buffer.from(CATALOG + lines.join(""))]);
  const [, novelty, , state = ""] = text.split("\n");
  expect(text).not.toMatch(/"type":"(log|error)"/);
  expect(`${novelty}\n`).toBe(lines[2]);
  expect(JSON.parse(state).state.records).toEqual({ s: 1 });
  expect(state).toContain('"data":{"at":1.10}');
});

test("what stands behind a control waits until the new configuration is kept", async () => {
  const order: string[] = [];
  const control = '{"type":"control","control":{"config":{"token":"new"}}}\n';
  const log = '{"type":"log","log":{"level":"info","message":"behind"}}\n';
  const { text } = await relay([Buffer.from(CATALOG + control + log)], {
    onControl: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push("kept");
    },
    onLog: ({ message }) => order.push(message),
  });
  expect({ order, text }).toEqual({ order: ["kept", "behind"], text: CATALOG });
});
