import { ExitCode, SluiceError, exitCodeOf, type FailureType, type Payload } from "@sluice/protocol";
import type { Side, SideEnd } from "../side/side.ts";
import { tellingLine } from "../side/stderr-ring.ts";

export type SideRole = "source" | "destination" | "runner";

/** Why a run failed: whose failure it was, and what a person can do about it. */
export type Incident = {
  side: SideRole;
  failureType: FailureType;
  message: string;
  detail?: string | undefined;
  exitCode: ExitCode;
  retryAfterMs?: number | undefined;
  /** The last that the side said on stderr. */
  stderr?: string | undefined;
};

/** Codes that say more than the failure type does. */
const PRECISE: readonly number[] = [ExitCode.rejects, ExitCode.locked, ExitCode.timeout];
const BY_CODE: readonly FailureType[] = ["config", "auth", "transient", "protocol", "data"];

/** A failure of one of the sides, met while the runner asked it for something. */
export class SideFailure extends SluiceError {
  override readonly name = "SideFailure";
  readonly side: "source" | "destination";

  constructor(side: SideFailure["side"], { code, message, exitCode, detail, retryAfterMs, cause }: SluiceError) {
    super(code, message, {
      exitCode,
      cause,
      ...(detail === undefined ? {} : { detail }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
    this.side = side;
  }
}

/** Resolves to what `work` does; what it throws is a failure of that side. */
export async function askedOf<T>(side: SideFailure["side"], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof SluiceError ? new SideFailure(side, error) : error;
  }
}

/** Yields the incident for a failure that a side reported itself. */
export function reportedIncident(role: SideRole, side: Side, error: Payload<"error">): Incident {
  return {
    side: role,
    failureType: error.failure_type,
    message: side.mask(error.message),
    detail: error.detail === undefined ? undefined : side.mask(error.detail),
    exitCode: exitCodeOf(error.failure_type),
    retryAfterMs: error.retry_after_ms,
  };
}

/** Yields the incident for a line of a side, or for a failure of the runner's own while it dealt with one. */
export function caughtIncident(role: SideRole, name: string, error: unknown): Incident {
  if (!(error instanceof SluiceError)) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return {
      side: "runner",
      failureType: "system",
      message: `Unexpected failure, please report it: ${message}`,
      exitCode: ExitCode.unexpected,
    };
  }
  if (error instanceof SideFailure) {
    const { side, code: failureType, message, detail, exitCode, retryAfterMs } = error;
    return { side, failureType, message, detail, exitCode, retryAfterMs };
  }
  const isItsOwn = error.code === "protocol";
  return {
    side: isItsOwn ? role : "runner",
    failureType: error.code,
    message: isItsOwn ? `${name} broke the protocol: ${error.message}` : error.message,
    detail: error.detail,
    exitCode: error.exitCode,
    retryAfterMs: error.retryAfterMs,
  };
}

/** Yields the incident for how a side ended; undefined for exit code 0. */
export function endIncident(role: SideRole, { name, stderr }: { name: string; stderr: string }, end: SideEnd) {
  if (end.startFailure !== undefined)
    return incident(role, "config", `${name} did not start: ${end.startFailure}`, stderr);
  if (end.signal !== undefined) {
    return incident(
      role,
      "transient",
      `${name} was killed by ${end.signal}; if it comes again, look for memory.`,
      stderr,
    );
  }
  if (end.exitCode === ExitCode.ok) return undefined;
  if (end.exitCode === ExitCode.partial) {
    const message = `${name} ended with exit code ${ExitCode.partial}, as if a stream were not complete, but all are.`;
    return incident(role, "protocol", message, stderr);
  }
  const type = BY_CODE.find((each) => exitCodeOf(each) === end.exitCode) ?? "system";
  const line = tellingLine(stderr);
  const said = line === "" ? "; it said nothing on stderr." : `: ${line}`;
  return incident(role, type, `${name} ended with exit code ${end.exitCode}${said}`, stderr);
}

/** Yields an incident that the runner itself found. */
export function incident(side: SideRole, failureType: FailureType, message: string, stderr?: string): Incident {
  return { side, failureType, message, exitCode: exitCodeOf(failureType), stderr };
}

/** Yields the incident with the exit code of the side's process where that says more than the failure type. */
export function withExitCode(found: Incident, code: number | undefined): Incident {
  const precise = Object.values(ExitCode).find((each) => each === code && PRECISE.includes(each));
  return precise === undefined ? found : { ...found, exitCode: precise };
}

/** Tells whether beginning again may help. */
export function isRetryable({ failureType, exitCode }: Incident): boolean {
  return (failureType === "transient" || failureType === "rate_limit") && !PRECISE.includes(exitCode);
}
