import { SluiceError } from "@sluice/protocol";
import type { Saboteur } from "./saboteur.ts";

/** A line on its way out: its message type, which one of that type it is, and its bytes as latin1 text with its LF. */
export type OutputLine = { type: string; nth: number; text: string };

/** One misbehaviour of an otherwise honest connector. */
export interface Fault {
  /** A sentence without its subject, for --list and the documentation. */
  does: string;
  /** Keeps the protocol all the same: a run with it succeeds. */
  harmless?: true;
  /** Instead of finding the other side, in `check` and before anything else. */
  connect?(): void;
  /** Before the first record. */
  begin?(saboteur: Saboteur): Promise<void> | void;
  /** Behind record number `at`. */
  strike?(saboteur: Saboteur): Promise<void> | void;
  /** Yields what leaves instead of a line, as bytes or as latin1 text. */
  line?(line: OutputLine, saboteur: Saboteur): string | Buffer;
  /** Behind everything else. */
  end?(saboteur: Saboteur): Promise<void> | void;
}

/** Faults by their names, which are values of the configuration's `fault`. */
export type FaultTable<F extends Fault = Fault> = Readonly<Record<string, F>>;

/** Yields the fault of that name; throws `config` when there is none. */
export function faultNamed<F extends Fault>(faults: FaultTable<F>, name: string): F {
  const fault = faults[name];
  if (fault === undefined)
    throw new SluiceError("config", `There is no fault "${name}"; --list prints those there are.`);
  return fault;
}

/** Yields the table for people: a line a fault. */
export function faultList(faults: FaultTable): string {
  const width = Math.max(...Object.keys(faults).map((name) => name.length));
  return Object.entries(faults)
    .map(([name, { does, harmless }]) => `${name.padEnd(width)}  ${does}${harmless === true ? " (harmless)" : ""}\n`)
    .join("");
}
