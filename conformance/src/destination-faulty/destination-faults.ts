import { commonFaults } from "../sabotage/common-faults.ts";
import type { Fault, OutputLine } from "../sabotage/fault.ts";

/** What a destination can do wrong. */
export interface DestinationFault extends Fault {
  /** Echoes states as soon as they come, and stores nothing before the input has ended. */
  acknowledgesEarly?: true;
  /** Refuses each record whose number is a multiple of `at`. */
  rejects?: true;
}

const HALF_AN_ECHO = '{"type":"state","state":{"seq":1,"scope":"stream","stream":"stream_1","data":{"la';
const LOG_HEAD = '{"type":"log","log":{"level":"info","message":"';
const LOG_TAIL = '"}}\n';

const faults = {
  ...commonFaults,
  never_reads: {
    does: "takes the first lines, and reads no more",
    begin: (saboteur) => saboteur.hang(),
  },
  never_writes: {
    does: "stores everything, prints nothing at all, and exits 0",
    begin: (saboteur) => saboteur.silence(),
  },
  half_line: {
    does: "prints half an echo behind record `at`, and exits 0",
    async strike(saboteur) {
      await saboteur.print(HALF_AN_ECHO);
      await saboteur.leave(0);
    },
  },
  two_on_a_line: {
    does: "prints its first echo and what follows on one line",
    line: onEcho(1, (text) => text.slice(0, -1)),
  },
  invalid_utf8: {
    does: "prints a byte in its first echo that is not UTF-8",
    line: onEcho(1, (text) => text.replace('"data":{', '"data":{"\xff":1,')),
  },
  huge_line: {
    does: "prints a log message of `line_bytes` behind record `at`, and goes on",
    strike: (saboteur) => saboteur.print(hugeLog(saboteur.settings.line_bytes)),
  },
  stops_echoing: {
    does: "echoes its first state and none after it",
    line: ({ type, nth, text }) => (type === "state" && nth > 1 ? "" : text),
  },
  closes_stdout: {
    does: "echoes the ends but no state, closes stdout behind them, and does not end",
    line: ({ type, text }) => (type === "state" ? "" : text),
    async end(saboteur) {
      await saboteur.closeStdout();
      await saboteur.hang();
    },
  },
  exits_transient: {
    does: "stores and echoes everything, and then exits 12",
    end: (saboteur) => saboteur.exitWith(12),
  },
  changes_state: {
    does: "changes the data of the states that it echoes",
    line: ({ type, text }) => (type === "state" ? text.replace('"data":{', '"data":{"changed":true,') : text),
  },
  reorders_echoes: {
    does: "echoes its first state behind its second",
    line(line, saboteur) {
      if (line.type !== "state" || line.nth > 2) return line.text;
      const before = saboteur.kept;
      saboteur.kept = line.text;
      return line.nth === 1 ? "" : line.text + before;
    },
  },
  invents_state: {
    does: "echoes a state that nobody sent, behind its first",
    line: onEcho(1, (text) => text + text.replace(/"seq":\d+/, '"seq":1000000')),
  },
  miscounts: {
    does: "says in every echo that it received and wrote one record more than it did",
    line: ({ type, text }) => (type === "state" || type === "stream_status" ? miscounted(text) : text),
  },
  acknowledges_early: {
    does: "echoes states as soon as they come, and stores nothing before the input has ended",
    acknowledgesEarly: true,
  },
  rejects_rows: {
    does: "refuses each record whose number is a multiple of `at`, and says so",
    harmless: true,
    rejects: true,
  },
} satisfies Record<string, DestinationFault>;

/** The faults of a destination by their names. */
export const destinationFaults: Readonly<Record<string, DestinationFault>> = faults;

function onEcho(number: number, change: (text: string) => string): NonNullable<Fault["line"]> {
  return ({ type, nth, text }: OutputLine) => (type === "state" && nth === number ? change(text) : text);
}

function miscounted(text: string): string {
  return text.replaceAll(
    /("(?:received|written)":)(\d+)/g,
    (_, key: string, count: string) => key + (Number(count) + 1),
  );
}

function hugeLog(bytes: number): Buffer {
  const line = Buffer.alloc(Math.max(bytes + 1, LOG_HEAD.length + LOG_TAIL.length), "x");
  line.write(LOG_HEAD, 0, "latin1");
  line.write(LOG_TAIL, line.length - LOG_TAIL.length, "latin1");
  return line;
}
