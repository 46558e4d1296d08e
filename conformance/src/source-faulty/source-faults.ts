import { setTimeout as sleep } from "node:timers/promises";
import { commonFaults } from "../sabotage/common-faults.ts";
import type { Fault, OutputLine } from "../sabotage/fault.ts";

/** What a source can do wrong. */
export interface SourceFault extends Fault {
  /** The stream of record `at` fails there, and the others go on. */
  failsStream?: true;
}

const LOG_EVERY_MS = 100;
const FAILURE_OF_A_STREAM =
  '{"type":"error","error":{"failure_type":"data","stream":"stream_1","message":"A page could not be read."}}\n';
const HALF_A_RECORD = '{"type":"record","record":{"stream":"stream_1","op":"upsert","data":{"id":7';

const faults = {
  ...commonFaults,
  never_writes: {
    does: "prints nothing at all, and does not end",
    begin(saboteur) {
      saboteur.silence();
      return saboteur.hang();
    },
  },
  half_line: {
    does: "prints half a record behind record `at`, and exits 0",
    async strike(saboteur) {
      await saboteur.print(HALF_A_RECORD);
      await saboteur.leave(0);
    },
  },
  two_on_a_line: {
    does: "prints record `at` and what follows on one line",
    line: onRecord((text) => text.slice(0, -1)),
  },
  invalid_utf8: {
    does: "prints a byte in record `at` that is not UTF-8",
    line: onRecord((text) => text.replace('"text":"', '"text":"\xff')),
  },
  line_separators: {
    does: "prints U+2028, U+2029 and U+0085 inside the strings of all records",
    harmless: true,
    line: ({ text }) => text.replace('"text":"', '"text":"\xe2\x80\xa8\xe2\x80\xa9\xc2\x85'),
  },
  huge_line: {
    does: "makes record `at` a line of `line_bytes`",
    line: ({ type, nth, text }, { settings }) =>
      type === "record" && nth === settings.at ? stretched(text, settings.line_bytes) : text,
  },
  skips_state: {
    does: "keeps its second state to itself, so that seq jumps",
    line: ({ type, nth, text }) => (type === "state" && nth === 2 ? "" : text),
  },
  reorders_states: {
    does: "prints its first state behind its second",
    line(line, saboteur) {
      if (line.type !== "state" || line.nth > 2) return line.text;
      const before = saboteur.kept;
      saboteur.kept = line.text;
      return line.nth === 1 ? "" : line.text + before;
    },
  },
  miscounts: {
    does: "says in every state that it has sent one record more than it has",
    line: ({ type, text }) =>
      type === "state"
        ? text.replace(/("records":\{"\w+":)(\d+)/, (_, head: string, count: string) => head + (Number(count) + 1))
        : text,
  },
  denies_failure: {
    does: "tells that its first stream failed, and then that it is complete",
    line: ({ type, text }) =>
      type === "stream_status" && text.includes('"stream":"stream_1"') && text.includes('"complete"')
        ? FAILURE_OF_A_STREAM + text
        : text,
  },
  only_logs: {
    does: "says that it is waiting, again and again, and nothing else",
    async begin(saboteur) {
      for (let waited = 0; waited < saboteur.settings.hold_ms; waited += LOG_EVERY_MS) {
        await saboteur.print('{"type":"log","log":{"level":"info","message":"Still waiting."}}\n');
        await sleep(LOG_EVERY_MS);
      }
    },
  },
  fails_a_stream: {
    does: "fails the stream of record `at` there, and reads the others to their end",
    failsStream: true,
  },
} satisfies Record<string, SourceFault>;

/** The faults of a source by their names. */
export const sourceFaults: Readonly<Record<string, SourceFault>> = faults;

function onRecord(change: (text: string) => string): NonNullable<Fault["line"]> {
  return ({ type, nth, text }: OutputLine, { settings }) =>
    type === "record" && nth === settings.at ? change(text) : text;
}

/** Yields a record line with so much text in it that it is `bytes` long, without its LF. */
function stretched(text: string, bytes: number): Buffer {
  const cut = text.indexOf('"text":"') + '"text":"'.length;
  const line = Buffer.alloc(Math.max(bytes + 1, text.length), "x");
  line.write(text.slice(0, cut), 0, "latin1");
  line.write(text.slice(cut), line.length - (text.length - cut), "latin1");
  return line;
}
