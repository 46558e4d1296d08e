import { expect, test } from "vitest";
import { parseLine, type Line } from "./line.ts";

function parse(line: string | Buffer): Line {
  return parseLine({ bytes: Buffer.from(line), lineNumber: 3, byteOffset: 70 });
}

test.each([
  ["another order of keys", '{"record":{"data":DATA,"version":7,"op":"delete","stream":"a"},"type":"record"}'],
  ["keys behind data", '{"type":"record","record":{"stream":"a","op":"delete","version":7,"data":DATA,"x":null}}'],
  ["white space", ' { "type" : "record" , "record" : {"stream":"a","op":"delete","version":7,"data":DATA } } '],
  [
    "escaped names",
    '{"ty\\u0070e":"record","record":{"stream":"\\u0061","op":"delete","version":7,"d\\u0061ta":DATA}}',
  ],
  [
    "repeated members",
    '{"type":"record","record":{"stream":"b","stream":"a","op":"delete","version":7,"data":{},"data":DATA}}',
  ],
  ["a version as a fraction", '{"type":"record","record":{"stream":"a","op":"delete","version":7.0,"data":DATA}}'],
  ["a field of its own", '{"type":"record","trace":1,"record":{"stream":"a","op":"delete","version":7,"data":DATA}}'],
])("a record with %s keeps the tokens of its data", (_, form) => {
  const data = '{"n": 9007199254740993,"d":1.10,"e":1e400,"s":"\u2028"}';
  const line = parse(form.replaceAll("DATA", data));
  if (line.kind !== "record") throw new Error(`It is a ${line.kind}.`);
  expect({ ...line, data: line.data.toString() }).toEqual({
    kind: "record",
    stream: "a",
    op: "delete",
    version: 7,
    data,
    lineNumber: 3,
  });
});

test.each([
  ["invalid UTF-8", Buffer.from('{"type":"record","record":{"stream":"a","data":{"x":"\xff"}}}', "latin1")],
  ["a half surrogate in UTF-8", Buffer.concat([Buffer.from('"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"')])],
  ["a cut message", '{"type":"reco'],
  ["a cut message with spaces", '{ "type" : "record", "record"'],
  ["its very beginning", '{"'],
  [
    "two messages",
    '{"type":"log","log":{"level":"info","message":"x"}}{"type":"log","log":{"level":"info","message":"x"}}',
  ],
  ["text before a message", 'debug {"type":"record","record":{"stream":"a","data":{}}}'],
  ["a message in a list", '[{"type":"record","record":{"stream":"a","data":{}}}]'],
  ["a message behind a BOM", '\uFEFF{"type":"record","record":{"stream":"a","data":{}}}'],
  ["a JSON object without a type", '{"stream":"a","data":{}}'],
  ["a type that is no text", '{"type":1}'],
  ["a message without its payload", '{"type":"state"}'],
  ["a record without data", '{"type":"record","record":{"stream":"a"}}'],
  ["a record without a stream", '{"type":"record","record":{"stream":"","data":{}}}'],
  ["data that are a list", '{"type":"record","record":{"stream":"a","data":[{}]}}'],
  ["an unknown operation", '{"type":"record","record":{"stream":"a","op":"insert","data":{}}}'],
  ["a version with a leading zero", '{"type":"record","record":{"stream":"a","version":01,"data":{}}}'],
  ["a version above 2^53-1", '{"type":"record","record":{"stream":"a","version":9007199254740992,"data":{}}}'],
  ["a version beyond all numbers", '{"type":"record","record":{"stream":"a","version":1e400,"data":{}}}'],
])("%s is refused with its line and byte", (_, line) => {
  expect(() => parse(line)).toThrow(/^Line 3 of the input .*\(byte 70\)/);
});

test("what is wrong with a message is told without its values", () => {
  expect(() => parse('{"type":"record","record":{"stream":7,"data":{"card":"4242"}}}')).toThrow(
    /record\.stream: .*expected string/,
  );
  expect(() => parse('{"type":"record","record":{"stream":"a","data":"4242"}}')).not.toThrow(/4242/);
});

test("two records on one line are left to whoever parses the data, whose bytes are then not one object", () => {
  const record = '{"type":"record","record":{"stream":"a","data":{"x":1}}}';
  const line = parse(record + record);
  if (line.kind !== "record") throw new Error(`It is a ${line.kind}.`);
  expect(() => JSON.parse(line.data.toString())).toThrow(/JSON/);
});

test("keys behind data that end in an object are left to whoever parses the data", () => {
  const line = parse('{"type":"record","record":{"stream":"a","data":{"x":1},"y":{"z":1}}}');
  if (line.kind !== "record") throw new Error(`It is a ${line.kind}.`);
  expect(() => JSON.parse(line.data.toString())).toThrow(/JSON/);
});

test.each(["Listening on port 80", "{ a: 1 }", "12", "null", '"type"', "[1,2]", "[object Object]", "}"])(
  "%j is stray text",
  (line) => {
    expect(parse(line).kind).toBe("text");
  },
);

test("a message of an unknown type is foreign and keeps its bytes", () => {
  const text = '{"type":"heartbeat", "heartbeat":1.10}';
  const line = parse(text);
  expect(line).toMatchObject({ kind: "foreign", type: "heartbeat" });
  expect("bytes" in line && line.bytes.toString()).toBe(text);
  expect(parse('{"type":"constructor"}').kind).toBe("foreign");
});

test("unknown fields of a message stay", () => {
  const line = parse('{"type":"log","log":{"level":"info","message":"x","trace_id":"t"},"at":1}');
  expect(line).toMatchObject({ kind: "message", message: { at: 1, log: { trace_id: "t" } } });
});
