import fc from "fast-check";
import { expect, test } from "vitest";
import { EventWatch, parseEvent } from "./event.ts";

const lines = [
  '{"type":"catalog","catalog":{"streams":[]}}\n',
  '{"type":"ready","ready":{"epoch":1,"states":[]}}\n',
  '{"type":"stream_status","stream_status":{"stream":"a","status":"started"}}\n',
  '{"type":"record","record":{"stream":"a","data":{"text":"\\"type\\":\\"record\\""}}}\n',
  ' { "type" : "record", "record":{"stream":"a","data":{}}}\r\n',
  "Loading plugins… 3 of 3\n",
  '{"type":"state","state":{"seq":1,"data":{"committed":true}}}\n',
  '{"type":"state","state":{"seq":1,"data":null,"committed":{}}}\n',
  '{"type":"state","state":{"seq":2,"data":null,"committed":{}}}\n',
  '{"type":"stream_status","stream_status":{"stream":"a","status":"complete"}}\n',
  '{"type":"stream_status","stream_status":{"stream":"a","status":"complete","committed":{}}}\n',
  '{"type":"stream_status","stream_status":{"stream":"b","status":"complete","committed":{}}}\n',
];

test.each([
  ["catalog", 0],
  ["ready", 1],
  ["status", 2],
  ["status:started", 2],
  ["record", 3],
  ["record:2", 4],
  ["text", 5],
  ["state", 6],
  ["echo", 7],
  ["echo:2", 8],
  ["status:complete", 9],
  ["status:2", 9],
  ["echo:complete", 10],
  ["echo:complete:2", 11],
] as const)("%s is line %i, whatever the chunks are", (text, index) => {
  const bytes = Buffer.from(lines.join(""));
  const end = Buffer.byteLength(lines.slice(0, index + 1).join(""));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: bytes.length })), (cuts) => {
      const event = parseEvent(text);
      const watch = event && new EventWatch(event);
      const edges = [0, ...cuts.toSorted((one, other) => one - other), bytes.length];
      const ends = edges.flatMap((edge, number) => {
        const place = watch?.find(bytes.subarray(edges[number - 1] ?? 0, edge));
        return place === undefined ? [] : [(edges[number - 1] ?? 0) + place.end];
      });
      expect(ends[0]).toBe(end);
    }),
  );
});

test.each(["", "record:0", "record:-1", "record:x", "Record", "before:", "state:complete", "a:b:c", "record:1:2"])(
  "%j names no event",
  (text) => {
    expect(parseEvent(text)).toBeUndefined();
  },
);
