import { Readable } from "node:stream";
import type { ConfiguredStream } from "@sluice/protocol";
import { expect, test } from "vitest";
import { collect, enforceCatalog, filterType, pipe, readMessages } from "./pipe.ts";

const record = (stream: string, data: string) => `{"type":"record","record":{"stream":"${stream}","data":${data}}}`;
const messages = (...chunks: string[]) => readMessages(Readable.from(chunks.map((chunk) => Buffer.from(chunk))));
const STREAM: ConfiguredStream = {
  stream: { name: "s", json_schema: {}, primary_key: ["id"] },
  sync_mode: "full_refresh",
  destination_mode: "append",
  fields: ["name"],
};

test("messages are read from lines however they are cut, the last one also without its end", async () => {
  const text = `${record("s", '{"id":1}')}\nstray text\n${record("s", '{"id":2}')}`;
  const ids = async (...chunks: string[]) =>
    (await collect(pipe(messages(...chunks), filterType("record")))).map((each) => each.record.data["id"]);
  expect(await ids(text)).toEqual([1, 2]);
  expect(await ids(text.slice(0, 20), text.slice(20, 70), text.slice(70))).toEqual([1, 2]);
});

test("a last line that is cut is a failure, not the end", async () => {
  await expect(collect(messages(`${record("s", "{}")}\n{"type":"rec`))).rejects.toMatchObject({ code: "protocol" });
  await expect(collect(messages(`${record("s", "{}")}\nhalf`))).rejects.toThrow("in the middle of line 2");
});

test("a catalog is enforced: other fields are dropped, other streams refused", async () => {
  const kept = await collect(pipe(messages(record("s", '{"id":1,"name":"a","more":2}')), enforceCatalog([STREAM])));
  expect(kept).toMatchObject([{ record: { data: { id: 1, name: "a" } } }]);
  expect(kept[0]).not.toHaveProperty("record.data.more");
  const other = collect(pipe(messages(record("t", "{}")), enforceCatalog([STREAM])));
  await expect(other).rejects.toThrow('a record of "t", which the catalog does not have');
});

test("what is collected has a limit", async () => {
  const many = `${record("s", "{}")}\n`.repeat(3);
  await expect(collect(messages(many), 2)).rejects.toThrow("more than 2 items");
});
