import { Readable } from "node:stream";
import type { ConfiguredStream, Payload } from "@sluice/protocol";
import { expect, test } from "vitest";
import { DestinationRelay, type DestinationEvents } from "./destination-relay.ts";
import { Ledger } from "./ledger.ts";

const STREAM: ConfiguredStream = {
  stream: { name: "s", json_schema: {} },
  sync_mode: "full_refresh",
  destination_mode: "append",
};
const STATE = '{"type":"state","state":{"seq":1,"scope":"stream","stream":"s","records":{"s":0},"data":{}}}';

/** Takes a destination's lines by a ledger that a state and a terminal status have passed; resolves to what was told. */
async function take(lines: readonly string[], { strict = false, events = {} as Partial<DestinationEvents> } = {}) {
  const ledger = new Ledger([STREAM]);
  ledger.sendState(JSON.parse(STATE).state, Buffer.from(STATE));
  const told: string[] = [];
  const logs: Payload<"log">[] = [];
  const relay = new DestinationRelay({
    ledger,
    strict,
    events: {
      onLine: () => {},
      onReady: (line) => void told.push(`ready ${line.toString()}`),
      onCommitted: async ({ state }) => void told.push(`committed ${state.seq}`),
      onStreamEnd: ({ stream }) => void told.push(`end ${stream}`) as undefined,
      onRejected: async ({ stream }) => void told.push(`rejected ${stream}`),
      onLog: (log) => void logs.push(log),
      onError: ({ message }) => void told.push(`error ${message}`),
      onControl: async (config) => void told.push(`control ${JSON.stringify(config)}`),
      ...events,
    },
  });
  await relay.run(Readable.from(lines.map((line) => Buffer.from(`${line}\n`))));
  return { told, logs, unanswered: ledger.unanswered };
}

function echo(more: string): string {
  const committed = '"committed":{"s":{"received":0,"written":0,"skipped":0,"deleted":0,"rejected":0}}';
  return `${STATE.slice(0, -2)},${committed}${more}}}`;
}

test("each message reaches whom it concerns, in order", async () => {
  const ready = '{"type":"ready","ready":{"epoch":3,"states":[]}}';
  const { told, logs, unanswered } = await take([
    ready,
    '{"type":"log","log":{"level":"info","message":"m"}}',
    '{"type":"error","error":{"failure_type":"data","message":"bad"}}',
    '{"type":"control","control":{"config":{"token":"new"}}}',
    '{"type":"novelty","novelty":{}}',
    echo(',"epoch":3'),
  ]);
  expect(told).toEqual([`ready ${ready}`, "error bad", 'control {"token":"new"}', "committed 1"]);
  expect(logs).toEqual([{ level: "info", message: "m" }]);
  expect(unanswered).toEqual([]);
});

test("a state of another epoch than the destination's own is refused", async () => {
  await expect(take(['{"type":"ready","ready":{"epoch":3,"states":[]}}', echo(',"epoch":2')])).rejects.toThrow(
    "It echoed a state of epoch 2, but its own is 3.",
  );
});

test("a destination that sends a record breaks the protocol", async () => {
  await expect(take(['{"type":"record","record":{"stream":"s","data":{}}}'])).rejects.toThrow("only a source may");
});

test("text is counted and passed over, or ends a strict run; it is not repeated, for it may hold a record", async () => {
  const { logs } = await take(["pass word", "again"]);
  expect(logs.map(({ message }) => message)).toEqual([
    "Line 1 of the destination is not a message (9 bytes, 1 so far).",
    "Line 2 of the destination is not a message (5 bytes, 2 so far).",
  ]);
  await expect(take(["text"], { strict: true })).rejects.toThrow(
    "Line 1 of the destination is not a message, and strict",
  );
});

test("the next line waits until a state is kept", async () => {
  const order: string[] = [];
  await take([echo(""), '{"type":"log","log":{"level":"info","message":"behind"}}'], {
    events: {
      onCommitted: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        order.push("kept");
      },
      onLog: ({ message }) => void order.push(message),
    },
  });
  expect(order).toEqual(["kept", "behind"]);
});
