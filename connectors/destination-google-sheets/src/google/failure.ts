import { SluiceError, type FailureType } from "@sluice/protocol";

/** What Google's client throws, as far as it matters. */
type ClientError = {
  status?: number;
  code?: string | number;
  response?: { status?: number; data?: unknown; headers?: { get?(name: string): string | null } };
};

/** What became of a request that failed. */
export type Failure = {
  error: SluiceError;
  status: number | undefined;
  /** It may pass by itself. */
  isPassing: boolean;
  /** Whether the request was carried out is not known. */
  isUnknown: boolean;
  /** How long Google asks to wait. */
  retryAfterMs: number;
};

/** Where a request was going and for whom, for the sentences that say what to do. */
export type Address = { spreadsheetId: string | undefined; account: string };

const RATE_REASON = /rateLimitExceeded|RESOURCE_EXHAUSTED/i;

/** Yields what a failure of Google's client means; `doing` says in words what failed. Throws what is a defect of ours. */
export function failureOf(error: unknown, doing: string, address: Address): Failure {
  if (error instanceof SluiceError)
    return { error, status: undefined, isPassing: false, isUnknown: false, retryAfterMs: 0 };
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) throw error;
  const { status: ownStatus, response } = error as ClientError;
  const status = response?.status ?? ownStatus;
  const make = (type: FailureType, advice: string) => {
    const said = status === undefined ? networkReason(error) : saidBy(response?.data);
    const sentence = `Failed while ${doing}: ${advice}${said === "" ? "" : ` (${said})`}.`;
    return new SluiceError(type, sentence, {
      cause: error,
      ...(status === undefined ? {} : { detail: `HTTP ${status}` }),
    });
  };
  const lasting = (type: FailureType, advice: string) => ({
    error: make(type, advice),
    status,
    isPassing: false,
    isUnknown: false,
    retryAfterMs: 0,
  });
  const passing = (type: FailureType, advice: string, isUnknown: boolean) => ({
    error: make(type, advice),
    status,
    isPassing: true,
    isUnknown,
    retryAfterMs: Number(response?.headers?.get?.("retry-after") ?? 0) * 1000 || 0,
  });
  const text = JSON.stringify(response?.data ?? "");
  if (status === undefined) return passing("transient", "Google cannot be reached; check the network", true);
  if (status >= 500) return passing("transient", "Google has trouble; run it again later", true);
  if (status === 429 || (status === 403 && RATE_REASON.test(text)))
    return passing("rate_limit", "the quota is used up; lower requests_per_minute, or wait", false);
  if (isTokenRefusal(response?.data) || status === 401)
    return lasting("auth", "Google does not accept the credentials; renew the key or the refresh token");
  if (status === 403 && /SERVICE_DISABLED|accessNotConfigured/.test(text))
    return lasting("config", "the Google Sheets API is not enabled in the project of the credentials; enable it there");
  if (status === 403) return lasting("permission", `share the spreadsheet with ${address.account}, as an editor`);
  if (status === 404)
    return lasting("config", `there is no spreadsheet ${address.spreadsheetId ?? ""}; correct spreadsheet_id`);
  return lasting("protocol", "Google refused the request; if it comes again, please report it");
}

/** Tells whether Google refused what was asked for, so that it was not done: the file may not be as it was thought to be. */
export function isRefusal(error: unknown): boolean {
  return error instanceof SluiceError && error.detail === "HTTP 400";
}

/** Tells whether nobody knows if the request was carried out. */
export function isUnknownOutcome(error: unknown): error is SluiceError {
  return error instanceof SluiceError && error.code === "transient" && error.cause !== undefined;
}

function isTokenRefusal(data: unknown): boolean {
  return typeof data === "object" && data !== null && "error" in data && typeof data.error === "string";
}

/** Google's own sentence; it names ranges and fields, and no value of a cell. */
function saidBy(data: unknown): string {
  const error = typeof data === "object" && data !== null && "error" in data ? data.error : undefined;
  if (typeof error === "string") return error;
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : "";
  return String(message).slice(0, 300).replace(/\.$/, "");
}

function networkReason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code !== "") return code;
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && "code" in cause) return String(cause.code);
  return error instanceof Error ? error.message.slice(0, 200) : String(error);
}
