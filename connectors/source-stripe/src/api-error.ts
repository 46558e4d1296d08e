import { SluiceError } from "@sluice/protocol";
import { z } from "zod";

/**
 * What an answer that is not a success means for the request, see https://docs.stripe.com/error-handling:
 * ask again, stop everything, leave the stream out, list again because the cursor is gone, or fail the stream.
 */
export type Reaction = "retry" | "fatal" | "skip" | "cursor_gone" | "fail";

/** An answer that is not a success; `reaction` says what to do, `message` is for a person. */
export class StripeApiError extends SluiceError {
  readonly reaction: Reaction;

  constructor(reaction: Reaction, ...rest: ConstructorParameters<typeof SluiceError>) {
    super(...rest);
    this.reaction = reaction;
  }
}

export type FailedAnswer = {
  path: string;
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

/** What Stripe says of an account that cannot use a product; only for these is a 400 a reason to leave a stream out. */
const unavailable = [
  /^Your account is not set up to use /,
  /not authorized to send .* requests in livemode/,
  /only available in testmode/,
  /isn't available in test mode/,
  /API surface is not enabled for testmode usage/,
  /^Accounts v2 is not enabled/,
  /^Only Stripe Connect platforms can work with other accounts/,
];
/** Paths that Stripe hides, as if they did not exist, from accounts without the product. */
const hiddenPaths = /^\/v1\/(treasury|issuing|climate|forwarding)\//;

/** Yields the error for an answer outside 200 to 299. */
export function stripeApiError(answer: FailedAnswer): StripeApiError {
  const error = parseBody(answer.body);
  const said = error.message === undefined ? "" : `: ${error.message.slice(0, 300)}`;
  const where = `Stripe answered ${answer.status} to GET ${answer.path}${said}`;
  const detail = `request ${answer.requestId ?? "without an id"}, type ${error.type ?? "?"}, code ${error.code ?? "?"}`;
  const make = (reaction: Reaction, code: ConstructorParameters<typeof SluiceError>[0], advice: string) =>
    new StripeApiError(reaction, code, `${where} — ${advice} (request ${answer.requestId ?? "unknown"}).`, {
      detail,
      ...(answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs }),
    });

  switch (reactionTo(answer, error)) {
    case "retry": {
      const isRateLimit = answer.status === 429 || error.code === "rate_limit";
      return isRateLimit
        ? make("retry", "rate_limit", "lower max_requests_per_second if it goes on")
        : make("retry", "transient", "run it again later");
    }
    case "fatal":
      return answer.status === 400
        ? make("fatal", "config", "correct api_version")
        : make("fatal", "auth", "check the API key (SOURCE_STRIPE_API_KEY) in the Stripe dashboard");
    case "skip":
      return answer.status === 403
        ? make("skip", "permission", `give the key ${permissionIn(error)} in the Stripe dashboard, or leave the stream out`)
        : make("skip", "permission", "the account does not have this product; leave the stream out");
    case "cursor_gone":
      return make("cursor_gone", "data", "the object that the page began behind is gone");
    case "fail":
      return make("fail", "system", "please report it");
  }
}

function reactionTo(answer: FailedAnswer, error: ErrorFields): Reaction {
  const { status, path } = answer;
  const message = error.message ?? "";
  if (status === 401) return "fatal";
  if (status === 403) return error.code === "account_invalid" || error.code === "platform_account_required" ? "fatal" : "skip";
  if (status === 400 && /^Invalid Stripe API version/.test(message)) return "fatal";
  if (error.code === "resource_missing" && error.param === "starting_after") return "cursor_gone";
  if (answer.shouldRetry === "false") return "fail";
  if (answer.shouldRetry === "true" || status === 409 || status === 429 || status >= 500 || error.code === "rate_limit") return "retry";
  if (status === 400 && unavailable.some((pattern) => pattern.test(message))) return "skip";
  if (status === 404 && message.startsWith("Unrecognized request URL") && hiddenPaths.test(path)) return "skip";
  return "fail";
}

/** Stripe names the permission as `credit_note_read`, and in older answers as 'rak_credit_note_read'. */
function permissionIn({ message = "" }: ErrorFields): string {
  const names = message.match(/\b(?:rak_)?[a-z_]+_(?:read|write)\b/g);
  return names === null ? "read access to this resource" : `the permission ${[...new Set(names)].join(", ")}`;
}

function parseBody(body: string): ErrorFields {
  try {
    return ErrorBody.parse(JSON.parse(body)).error;
  } catch {
    // a proxy's page or a cut answer: the status has to do
    return {};
  }
}
