import type { ConfiguredStream, Payload } from "@sluice/protocol";
import { expect, test } from "vitest";
import { Ledger } from "./ledger.ts";

const STREAM: ConfiguredStream = {
  stream: { name: "s", json_schema: {} },
  sync_mode: "full_refresh",
  destination_mode: "append",
};

function stateLine(seq: number, data: string, more = ""): { state: Payload<"state">; line: Buffer } {
  const text = `{"type":"state","state":{"seq":${seq},"scope":"stream","stream":"s","data":${data}${more}}}`;
  return { state: JSON.parse(text).state, line: Buffer.from(text) };
}

function committed(received: number, written = received): string {
  const counts = { received, written, skipped: 0, deleted: 0, rejected: 0 };
  return `,"epoch":3,"committed":${JSON.stringify({ s: counts })}`;
}

/** A ledger by which `records` records and the states from 1 to `states` have passed. */
function ledgerWith(records: number, states: number): Ledger {
  const ledger = new Ledger([STREAM]);
  ledger.entry("s").records = records;
  for (let seq = 1; seq <= states; seq += 1) {
    const { state, line } = stateLine(seq, '{"at":9007199254740993}', `,"records":{"s":${records}}`);
    ledger.sendState(state, line);
  }
  return ledger;
}

function confirm(ledger: Ledger, seq: number, data: string, more: string): void {
  const { state, line } = stateLine(seq, data, `,"records":{"s":2}${more}`);
  ledger.confirmState(state, line);
}

test("an echo that agrees is taken once, stands for those before it, and leaves nothing unanswered", () => {
  const ledger = ledgerWith(2, 3);
  expect(ledger.unanswered).toEqual(['the state of "s"']);
  confirm(ledger, 3, '{"at":9007199254740993}', committed(2));
  expect(ledger.unanswered).toEqual([]);
  for (const seq of [1, 3, 4])
    expect(() => confirm(ledger, seq, '{"at":9007199254740993}', committed(2))).toThrow("not sent or is older");
});

test("an echo with other digits is a changed state, even where JavaScript sees no difference", () => {
  expect(() => confirm(ledgerWith(2, 1), 1, '{"at":9007199254740992}', committed(2))).toThrow("It changed state 1");
});

test("counts that do not agree, or do not account for every record, are refused", () => {
  const data = '{"at":9007199254740993}';
  expect(() => confirm(ledgerWith(2, 1), 1, data, committed(1))).toThrow("received 1 records");
  expect(() => confirm(ledgerWith(2, 1), 1, data, committed(2, 1))).toThrow("accounts for 1 of the 2");
});

test("a state that is missing, or says another count than passed, is refused on its way", () => {
  const gap = stateLine(3, "{}");
  expect(() => ledgerWith(2, 1).sendState(gap.state, gap.line)).toThrow("stands behind state 1");
  const wrong = stateLine(1, "{}", ',"records":{"s":5}');
  expect(() => ledgerWith(2, 0).sendState(wrong.state, wrong.line)).toThrow("sent 5 records");
});

test("the lag is the age of the oldest state that is away, or what the last one took", async () => {
  const ledger = ledgerWith(2, 0);
  expect(ledger.lagMs).toBe(0);
  const { state, line } = stateLine(1, "{}", ',"records":{"s":2}');
  ledger.sendState(state, line);
  await new Promise((resolve) => setTimeout(resolve, 30));
  const away = ledger.lagMs;
  expect(away).toBeGreaterThan(25);
  confirm(ledger, 1, "{}", committed(2));
  expect(ledger.lagMs).toBeGreaterThanOrEqual(away);
  const taken = ledger.lagMs;
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(ledger.lagMs).toBe(taken);
});

test("the lag grows once no state comes any more, and is small again with the next one", async () => {
  const ledger = new Ledger([STREAM], { quietMs: 20 });
  const pass = (seq: number) => {
    const { state, line } = stateLine(seq, "{}", ',"records":{"s":0}');
    ledger.sendState(state, line);
    ledger.confirmState(state, stateLine(seq, "{}", `,"records":{"s":0}${committed(0)}`).line);
  };
  pass(1);
  await new Promise((resolve) => setTimeout(resolve, 60));
  const quiet = ledger.lagMs;
  expect(quiet).toBeGreaterThan(55);
  pass(2);
  expect(ledger.lagMs).toBeLessThan(quiet);
});
