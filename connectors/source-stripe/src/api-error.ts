import { SluiceError, type FailureType } from "@sluice/protocol";
import { z } from "zod";

/**
 * What an answer that is not a success means for the request, see https://docs.stripe.com/error-handling:
 * ask again, stop everything, leave the connected account out, leave the stream out because the key may not read it or
 * the account does not have it, list again because the cursor is gone, take the object for gone, or fail the stream.
 */
export type Reaction =
  "retry" | "fatal" | "leave_account" | "denied" | "unavailable" | "cursor_gone" | "missing" | "fail";

/** An answer that is not a success; `reaction` says what to do, `message` is for a person. */
export class StripeApiError extends SluiceError {
  readonly reaction: Reaction;
  readonly status: number;
  /** Stripe's own code, such as `lock_timeout`. */
  readonly stripeCode: string | undefined;
  /** The account that the message names, though the key may read nothing else of it. */
  readonly account: string | undefined;

  constructor(facts: ApiErrorFacts, ...rest: ConstructorParameters<typeof SluiceError>) {
    super(...rest);
    this.reaction = facts.reaction;
    this.status = facts.status;
    this.stripeCode = facts.stripeCode;
    this.account = facts.account;
  }
}

type ApiErrorFacts = Pick<StripeApiError, "reaction" | "status" | "stripeCode" | "account">;

export type FailedAnswer = {
  method: string;
  path: string;
  /** The connected account that was asked about, if any. */
  account?: string | undefined;
  status: number;
  requestId: string | undefined;
  shouldRetry: string | undefined;
  retryAfterMs: number | undefined;
  body: string;
};

const ErrorBody = z.looseObject({
  error: z.looseObject({
    type: z.string().optional(),
    code: z.string().nullish(),
    message: z.string().optional(),
    param: z.string().nullish(),
  }),
});
type ErrorFields = z.infer<typeof ErrorBody>["error"];

/** What to do about an answer, its failure type, and what a person should do. */
type Verdict = [reaction: Reaction, type: FailureType, advice: string];

/** What Stripe says of an account that cannot use a product; only for these is a 400 or 403 a reason to leave a stream out. */
const unavailable = [
  /^Your account is not set up to use /,
  /not authorized to send .* requests in livemode/,
  /only available in testmode/,
  /isn't available in test mode/,
  /API surface is not enabled for testmode usage/,
  /^Accounts v2 is not enabled/,
  /^Only Stripe Connect platforms can work with other accounts/,
];
/** What version 2 of the API says of such an account in so many words: as its type, not as its code. */
const NOT_ENABLED = "feature_not_enabled";
/** Paths that Stripe hides, as if they did not exist: from accounts without the product, or from most as deprecated. */
const hiddenPaths = /^\/v1\/((treasury|issuing|climate|forwarding)\/|exchange_rates$)/;
const sessionItems = /^\/v1\/checkout\/sessions\/[^/]+\/line_items$/;
/** Codes of a 403 about the account: one that the key does not open, and one that is no Connect platform. */
const [OTHER_ACCOUNT, NO_PLATFORM] = ["account_invalid", "platform_account_required"];
/** What Stripe says in a 403 without a code of a key that lacks a permission; other 403s are of something else. */
const lacksPermission = /does not have (the required|any Connect) permissions|\brak_[a-z_]+/;
/** What Stripe says in a 403 of an account that it does not let a platform work with. */
const refusedAccount = /Platform Controls|connected accounts of your platform|platforms can work with other accounts/;

/** Tells whether what failed may well succeed the next time. */
export function isPassing(error: unknown): boolean {
  return error instanceof SluiceError && (error.code === "transient" || error.code === "rate_limit");
}

/** Tells whether what failed is a reason to leave a stream out, and no failure of it. */
export function leavesStreamOut(error: unknown): error is StripeApiError {
  return error instanceof StripeApiError && (error.reaction === "denied" || error.reaction === "unavailable");
}

/** Tells whether what failed is a refusal that the other streams do not escape. */
export function concernsAll(error: unknown): boolean {
  return error instanceof StripeApiError && (error.reaction === "fatal" || error.reaction === "leave_account");
}

/** Yields the error for an answer outside 200 to 299. */
export function stripeApiError(answer: FailedAnswer): StripeApiError {
  const { status, method, path, requestId, retryAfterMs } = answer;
  const of = answer.account === undefined ? "" : ` of ${answer.account}`;
  const error = parseBody(answer.body);
  const [reaction, type, advice] = verdictOn(answer, error);
  const said = error?.message === undefined ? "" : `: ${withoutKeys(error.message).slice(0, 300)}`;
  const message = `Stripe answered ${status} to ${method} ${path}${of}${said} — ${advice} (request ${requestId ?? "unknown"}).`;
  const account = /\bacct_\w+/.exec(error?.message ?? "")?.[0];
  return new StripeApiError({ reaction, status, stripeCode: error?.code ?? undefined, account }, type, message, {
    detail: `request ${requestId ?? "unknown"}, type ${error?.type ?? "unknown"}, code ${error?.code ?? "none"}`,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function verdictOn(answer: FailedAnswer, error: ErrorFields | undefined): Verdict {
  const { status, path, account, shouldRetry } = answer;
  if (status === 401) return refused;
  if (error !== undefined) {
    const known = knownVerdict({ status, path, account }, error);
    if (known !== undefined) return known;
  }
  if (shouldRetry !== "false") {
    if (status === 429 || error?.code === "rate_limit") return tooFast;
    if (shouldRetry === "true" || status === 409 || status >= 500) return ["retry", "transient", "run it again later"];
  }
  if (error === undefined && status < 500)
    return ["fail", "config", "that is not an answer of Stripe's API; check base_url and the proxies on the way"];
  if (status === 403) return ["fail", "permission", "see what the key may do in the Stripe dashboard, and from where"];
  return ["fail", "system", "please report it"];
}

const refused: Verdict = ["fatal", "auth", "check the API key (SOURCE_STRIPE_API_KEY) in the Stripe dashboard"];
const accountRefused: Verdict = [
  "leave_account",
  "permission",
  "connect the account to the platform again, or take it out of account_ids; what was read of it stays as it is",
];
const tooFast: Verdict = ["retry", "rate_limit", "lower max_requests_per_second if it goes on"];

const noProduct: Verdict = [
  "unavailable",
  "permission",
  "the account does not have this product; leave the stream out",
];

/** What Stripe says in so many words; it holds whatever the answer tells of retries. */
function knownVerdict(
  { status, path, account }: Pick<FailedAnswer, "status" | "path" | "account">,
  error: ErrorFields,
): Verdict | undefined {
  const { message = "", type, code, param } = error;
  if (status === 403) {
    const known = verdictOnRefusal(error, account);
    if (known !== undefined) return known;
  }
  if (status === 400 && message.startsWith("Invalid Stripe API version"))
    return ["fatal", "config", "correct api_version"];
  const isAgedOut = status === 400 && message.includes("aged out of our retention policy");
  if (isAgedOut || (code === "resource_missing" && param === "starting_after"))
    return ["cursor_gone", "data", "the object that the page began behind is gone"];
  const hasNoItems =
    message.startsWith("Could not find line items for this Checkout Session") && sessionItems.test(path);
  if (hasNoItems || (status === 404 && code === "resource_missing"))
    return ["missing", "data", "it was deleted, or the key opens another account"];
  const isHidden = status === 404 && message.startsWith("Unrecognized request URL") && hiddenPaths.test(path);
  const isUnavailable = (status === 400 || status === 403) && unavailable.some((pattern) => pattern.test(message));
  if (isHidden || isUnavailable || type === NOT_ENABLED || code === NOT_ENABLED) return noProduct;
  return undefined;
}

/** What Stripe says in a 403: of the account, of the key, or of what the key may do. */
function verdictOnRefusal({ message = "", code }: ErrorFields, account: string | undefined): Verdict | undefined {
  if (code === "secret_key_required") return refused;
  const isOfAccount = code === OTHER_ACCOUNT || code === NO_PLATFORM || refusedAccount.test(message);
  if (account !== undefined && isOfAccount) return accountRefused;
  if (code === OTHER_ACCOUNT) return refused;
  // the key is good: such an account has no list of connected ones
  if (code === NO_PLATFORM) return noProduct;
  if (code !== "more_permissions_required" && !lacksPermission.test(message)) return undefined;
  const advice = `give the key ${permissionIn(message)} in the Stripe dashboard, or leave the stream out`;
  return ["denied", "permission", advice];
}

/** Stripe names the permission as `credit_note_read`, and in older answers as 'rak_credit_note_read'. */
function permissionIn(message: string): string {
  const names = message.match(/\b(?:rak_)?[a-z_]+_(?:read|write)\b/g);
  return names === null ? "read access to this resource" : `the permission ${[...new Set(names)].join(", ")}`;
}

/** A key that is cut with the message would escape the masking of whole secrets. */
function withoutKeys(message: string): string {
  return message.replaceAll(/\b([prs]k_(?:live|test)_)[\w*]+/g, "$1***");
}

/** Yields what an answer in Stripe's form says; undefined for a proxy's page or a cut answer. */
function parseBody(body: string): ErrorFields | undefined {
  try {
    return ErrorBody.parse(JSON.parse(body)).error;
  } catch {
    // the status has to do
    return undefined;
  }
}
