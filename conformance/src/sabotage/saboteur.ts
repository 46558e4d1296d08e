import { closeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { SluiceError } from "@sluice/protocol";
import { log } from "@sluice/protocol/stdio";
import type { Fault } from "./fault.ts";
import type { FaultSettings } from "./settings.ts";
import { TamperedStdout } from "./tampered-stdout.ts";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** Carries a fault out, in the process of a connector that is honest but for it. */
export class Saboteur {
  /** A line that a fault keeps back. */
  kept = "";
  #fault: Fault = { does: "does nothing wrong" };
  #settings: FaultSettings | undefined;
  #stdout: TamperedStdout | undefined;
  #exitCode: number | undefined;
  #records = 0;

  /** Begins with what the configuration asks for, before the first record. */
  async engage(fault: Fault, settings: FaultSettings): Promise<void> {
    this.#fault = fault;
    this.#settings = settings;
    const { line } = fault;
    this.#stdout = new TamperedStdout(line === undefined ? undefined : (output) => line.call(fault, output, this));
    fault.connect?.();
    await fault.begin?.(this);
  }

  /** Counts a record; a returned promise is a strike, or the time that a record takes. */
  record(): Promise<void> | void {
    this.#records += 1;
    const { at, pause_ms: pauseMs } = this.settings;
    const strike = this.#records === at ? this.#fault.strike?.(this) : undefined;
    return strike ?? (pauseMs > 0 ? sleep(pauseMs) : undefined);
  }

  /** Tells whether the last record was number `at`. */
  get isTime(): boolean {
    return this.#records === this.settings.at;
  }

  /** Does what stands behind everything else; to be called when the honest half has ended. */
  async finish(): Promise<void> {
    if (this.#exitCode === undefined) await this.#fault.end?.(this);
    process.exitCode = this.#exitCode ?? process.exitCode;
  }

  get settings(): FaultSettings {
    if (this.#settings === undefined) throw new TypeError("The saboteur is not engaged.");
    return this.#settings;
  }

  /** Prints bytes as they are, behind everything that was printed before. */
  async print(bytes: string | Buffer): Promise<void> {
    await this.#stdout?.print(bytes);
  }

  /** Lets nothing out any more. */
  silence(): void {
    this.#stdout?.silence();
  }

  /** Ends at once, as quietly as its peer allows: nothing more is printed, and this is the exit code. */
  async leave(exitCode: number): Promise<never> {
    await this.#stdout?.settle();
    this.silence();
    this.exitWith(exitCode);
    throw new SluiceError("system", "It ends here, as its fault says.");
  }

  /** Closes stdout, once everything that was printed is out. */
  async closeStdout(): Promise<void> {
    await this.#stdout?.settle();
    closeSync(process.stdout.fd);
  }

  /** Makes this the exit code, whatever else happens. */
  exitWith(exitCode: number): void {
    this.#exitCode = exitCode;
  }

  /** Dies, once everything that was printed is out. */
  async crash(): Promise<never> {
    await this.#stdout?.settle();
    process.kill(process.pid, "SIGKILL");
    return this.stall();
  }

  /** Stops moving; a signal ends it, as it ends any program that does not listen. */
  async hang(): Promise<never> {
    for (const signal of SIGNALS) process.removeAllListeners(signal);
    log("info", "It hangs, as its fault says.");
    return this.stall();
  }

  /** Hears no signal any more that can be ignored. */
  ignoreSignals(): void {
    for (const signal of SIGNALS) {
      process.removeAllListeners(signal);
      process.on(signal, () => {});
    }
    log("info", "It ignores signals, as its fault says.");
  }

  /** Stops moving, and ends itself after `hold_ms`: nobody may be left to do it. */
  async stall(): Promise<never> {
    await sleep(this.settings.hold_ms);
    process.kill(process.pid, "SIGKILL");
    return new Promise(() => {});
  }
}
