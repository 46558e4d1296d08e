import { z } from "zod";

/** Every kind of failure, each with one fixed reaction; see docs/errors.md. */
export const FailureType = z
  .enum(["config", "auth", "permission", "rate_limit", "transient", "data", "protocol", "system"])
  .describe("What kind of failure this is; decides the reaction.");
export type FailureType = z.infer<typeof FailureType>;

/** Exit codes, the same for every executable. */
export const ExitCode = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  config: 10,
  auth: 11,
  transient: 12,
  protocol: 13,
  partial: 14,
  rejects: 15,
  locked: 16,
  timeout: 17,
  sigint: 130,
  sigterm: 143,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

const exitCodes: Record<FailureType, ExitCode> = {
  config: ExitCode.config,
  auth: ExitCode.auth,
  permission: ExitCode.auth,
  rate_limit: ExitCode.transient,
  transient: ExitCode.transient,
  data: ExitCode.rejects,
  protocol: ExitCode.protocol,
  system: ExitCode.unexpected,
};

export type SluiceErrorOptions = {
  cause?: unknown;
  /** The stream that failed, when the others may go on. */
  stream?: string;
  /** For a developer: the answer's id, the SQLSTATE. Never a secret, never a record. */
  detail?: string;
  /** When the other side asked to wait. */
  retryAfterMs?: number;
  /** Where the code's own exit code is not precise enough: usage, partial, locked. */
  exitCode?: ExitCode;
};

/**
 * The one error class: `code` is a failure type to branch on, `message` says what failed, on what and what to do.
 * Neither may hold a secret or a record.
 */
export class SluiceError extends Error {
  readonly code: FailureType;
  readonly exitCode: ExitCode;
  readonly stream: string | undefined;
  readonly detail: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: FailureType, message: string, options: SluiceErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = "SluiceError";
    this.code = code;
    this.exitCode = options.exitCode ?? exitCodes[code];
    this.stream = options.stream;
    this.detail = options.detail;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Yields the code that Node or a driver gave an error, such as ENOENT or 23505; undefined where there is none. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** Yields the exit code that stands for a failure type: 11 for `auth`, 12 for `transient` and so on. */
export function exitCodeOf(type: FailureType): ExitCode {
  return exitCodes[type];
}
