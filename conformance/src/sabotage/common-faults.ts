import { spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { SluiceError } from "@sluice/protocol";
import { log } from "@sluice/protocol/stdio";
import type { FaultTable } from "./fault.ts";
import type { FaultSettings } from "./settings.ts";

const FLOOD_BYTES = 10 * 1024 * 1024;
const RENEWED_TOKEN = "renewed-token";
const HALF_A_LINE = '{"type":"log","log":{"level":"info","message":"Half of';

/** What sources and destinations can do wrong alike. */
export const commonFaults = {
  honest: { does: "does nothing wrong", harmless: true },
  throws: {
    does: "dies of an uncaught error behind record `at`",
    strike() {
      throw new Error("It throws, as its fault says.");
    },
  },
  exits_early: {
    does: "exits 0 behind record `at`, without another word",
    strike: (saboteur) => saboteur.leave(0),
  },
  exits_nonzero: {
    does: "does everything right and then exits 1",
    end: (saboteur) => saboteur.exitWith(1),
  },
  exits_partial: {
    does: "does everything right and then exits 14, as if a stream were not complete",
    end: (saboteur) => saboteur.exitWith(14),
  },
  floods_stderr: {
    does: "writes 10 MB to stderr behind record `at`, and goes on",
    harmless: true,
    strike: () => writeToStderr("It floods stderr, as its fault says.\n".repeat(FLOOD_BYTES / 36)),
  },
  prints_text: {
    does: "prints a line of plain text on stdout behind record `at`, and goes on",
    harmless: true,
    strike: (saboteur) => saboteur.print("Loading plugins… 3 of 3\n"),
  },
  unknown_types: {
    does: "prints messages of types that nobody knows behind record `at`, and goes on",
    harmless: true,
    strike: (saboteur) =>
      saboteur.print('{"type":"heartbeat","heartbeat":{"n":1}}\n{"type":"x_new","x_new":{"a":[1.10]},"more":null}\n'),
  },
  ignores_sigterm: {
    does: "stops moving behind record `at`, and ignores SIGTERM and SIGINT",
    strike(saboteur) {
      saboteur.ignoreSignals();
      return saboteur.stall();
    },
  },
  hangs_at_end: {
    does: "does everything right and then does not end",
    end: (saboteur) => saboteur.hang(),
  },
  grandchild_holds_stdout: {
    does: "does everything right, and leaves a process in a session of its own that holds stdout open",
    strike({ settings }) {
      const wait = `setTimeout(() => {}, ${settings.hold_ms})`;
      const holder = spawn(process.execPath, ["-e", wait], { stdio: ["ignore", "inherit", "ignore"], detached: true });
      holder.unref();
      log("info", `Process ${holder.pid} holds stdout.`);
    },
  },
  control_then_crash: {
    does: "prints a control message with a renewed token behind record `at` and is gone; is honest once it is given that token",
    async strike(saboteur) {
      if (saboteur.settings.token === RENEWED_TOKEN) return;
      const control = { config: { ...saboteur.settings, token: RENEWED_TOKEN } };
      await saboteur.print(`${JSON.stringify({ type: "control", control })}\n`);
      await saboteur.crash();
    },
  },
  killed_in_a_line: {
    does: "is killed in a line behind record `at`, in as many runs as `times` says; counts them in `attempts_file`",
    async strike(saboteur) {
      if (!isAttempt("killed_in_a_line", saboteur.settings)) return;
      await saboteur.print(HALF_A_LINE);
      await saboteur.crash();
    },
  },
  refuses_credentials: {
    does: "fails as `auth`, in check as well",
    connect() {
      throw new SluiceError("auth", "The token is not accepted; renew it.");
    },
  },
  fails_for_a_while: {
    does: "fails as `transient` behind record `at`, in as many runs as `times` says; counts them in `attempts_file`",
    strike({ settings }) {
      if (!isAttempt("fails_for_a_while", settings)) return;
      throw new SluiceError("transient", "The other side is away for now; try again.");
    },
  },
} satisfies FaultTable;

/** Tells whether this run still is one of those that fail, and counts it. */
function isAttempt(fault: string, { attempts_file: file, times }: FaultSettings): boolean {
  if (file === "") throw new SluiceError("config", `${fault} needs attempts_file: set it to a file's path.`);
  const attempts = existsSync(file) ? readFileSync(file, "utf8").length : 0;
  if (attempts >= times) return false;
  appendFileSync(file, "x");
  return true;
}

function writeToStderr(text: string): Promise<void> {
  return new Promise((resolve) => process.stderr.write(text, () => resolve()));
}
