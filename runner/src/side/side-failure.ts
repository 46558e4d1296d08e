import { ExitCode, SluiceError, exitCodeOf } from "@sluice/protocol";
import type { Side, SideEnd } from "./side.ts";
import { tellingLine } from "./stderr-ring.ts";

const TYPES = ["config", "auth", "transient", "protocol", "data"] as const;

/**
 * Yields why a side failed that reported nothing on stdout: the sentence that a connector says on stderr before it ends is
 * the best there is, and its exit code says of which type the failure is.
 */
export function sideFailure(side: Side, stderr: string, { exitCode, signal, startFailure }: SideEnd): SluiceError {
  if (startFailure !== undefined) return new SluiceError("config", `${side.name} did not start: ${startFailure}`);
  // it had no time to say a last word, and another go may have
  if (signal !== undefined) return new SluiceError("transient", `${side.name} was killed by ${signal}.`);
  const type = TYPES.find((each) => exitCodeOf(each) === exitCode) ?? "system";
  // whose it is, is told by whoever shows it
  const last = tellingLine(stderr).replace(/^[\w-]+: error: /, "");
  const message = last === "" ? `${side.name} ended with exit code ${exitCode ?? "none"}.` : last;
  return new SluiceError(type, message, exitCode === ExitCode.usage ? { exitCode } : {});
}
