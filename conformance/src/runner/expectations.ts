import type { destinationFaults } from "../destination-faulty/destination-faults.ts";
import type { sourceFaults } from "../source-faulty/source-faults.ts";

/**
 * How `sluice run` ends when one side has a fault: whatever that is, every row is accounted for, or the run fails and says
 * whose failure it was.
 */
export type Expected = {
  exitCode: number;
  side?: "source" | "destination" | "runner";
  /** What the message of the failure says. */
  says?: RegExp;
  attempts?: number;
  /** Whether all rows arrived; so they must when the run succeeds. */
  isWhole?: boolean;
  /** The run is only ended by the watchdog. */
  isStuck?: boolean;
  /** What differs with a destination that keeps states. */
  transactional?: Expected;
};

const ok: Expected = { exitCode: 0 };
const stuck: Expected = { exitCode: 17, side: "runner", says: /for 4 s/, isStuck: true };

export const ofSource: Record<keyof typeof sourceFaults, Expected> = {
  honest: ok,
  throws: { exitCode: 1, side: "source", says: /Error: It throws|exit code 1/ },
  exits_early: {
    exitCode: 13,
    side: "source",
    says: /exit code 0 but did not say how these streams ended: "stream_1"/,
  },
  exits_nonzero: { exitCode: 1, side: "source", says: /exit code 1/, isWhole: true },
  exits_partial: { exitCode: 13, side: "source", says: /exit code 14, as if/, isWhole: true },
  denies_failure: { exitCode: 15, side: "source", says: /A page could not be read/, isWhole: true },
  only_logs: { exitCode: 17, side: "runner", says: /No record and no state has come for 4 s/, isStuck: true },
  floods_stderr: ok,
  prints_text: ok,
  unknown_types: ok,
  ignores_sigterm: stuck,
  hangs_at_end: ok,
  grandchild_holds_stdout: ok,
  control_then_crash: { exitCode: 0, attempts: 2 },
  killed_in_a_line: { exitCode: 0, attempts: 2 },
  refuses_credentials: { exitCode: 11, side: "source", says: /token is not accepted/ },
  fails_for_a_while: { exitCode: 0, attempts: 2 },
  never_writes: stuck,
  half_line: { exitCode: 13, side: "source", says: /ends in the middle of line/ },
  two_on_a_line: { exitCode: 13, says: /records of "stream_1"|not valid JSON|not a message/ },
  invalid_utf8: { exitCode: 13, side: "source", says: /not valid UTF-8/ },
  line_separators: ok,
  huge_line: ok,
  skips_state: { exitCode: 13, side: "source", says: /State 3 stands behind state 1/ },
  reorders_states: { exitCode: 13, side: "source", says: /stands behind state/ },
  miscounts: { exitCode: 13, side: "source", says: /says that it sent/ },
  fails_a_stream: { exitCode: 14 },
};

export const ofDestination: Record<keyof typeof destinationFaults, Expected> = {
  honest: ok,
  throws: { exitCode: 1, side: "destination" },
  exits_early: { exitCode: 13, side: "destination", says: /ended before its input did|without an echo of/ },
  exits_nonzero: { exitCode: 1, side: "destination", isWhole: true },
  exits_partial: { exitCode: 13, side: "destination", says: /exit code 14, as if/, isWhole: true },
  exits_transient: { exitCode: 12, side: "destination", says: /exit code 12/, isWhole: true, attempts: 3 },
  closes_stdout: { exitCode: 13, side: "destination", says: /without an echo of the state/, isWhole: true },
  floods_stderr: ok,
  prints_text: ok,
  unknown_types: ok,
  ignores_sigterm: stuck,
  hangs_at_end: ok,
  grandchild_holds_stdout: ok,
  control_then_crash: { exitCode: 0, attempts: 2 },
  killed_in_a_line: { exitCode: 0, attempts: 2 },
  refuses_credentials: { exitCode: 11, side: "destination", says: /token is not accepted/ },
  fails_for_a_while: { exitCode: 0, attempts: 2 },
  never_reads: stuck,
  // the source only begins when "ready" was said
  never_writes: { exitCode: 13, side: "destination", says: /without an echo of/, transactional: stuck },
  half_line: { exitCode: 13, side: "destination", says: /in the middle of line|before its input did/ },
  two_on_a_line: { exitCode: 13, side: "destination", says: /is not a message/ },
  invalid_utf8: { exitCode: 13, side: "destination", says: /not valid UTF-8/ },
  huge_line: ok,
  stops_echoing: { exitCode: 13, side: "destination", says: /without an echo of/ },
  changes_state: { exitCode: 13, side: "destination", says: /changed state/ },
  reorders_echoes: { exitCode: 13, side: "destination", says: /not sent or is older/ },
  invents_state: { exitCode: 13, side: "destination", says: /not sent/ },
  miscounts: { exitCode: 13, side: "destination", says: /says that it received/ },
  // told from outside by freezing it at its echo, not by what it says
  acknowledges_early: ok,
  rejects_rows: ok,
};
