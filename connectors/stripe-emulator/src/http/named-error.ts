import type { StreamPlan } from "../data/stream-plan.ts";
import { ApiError, agedOut, noSuchObject } from "./api-error.ts";
import { missingPermission } from "./permissions.ts";

/** What an error may speak of. */
export type ErrorTarget = {
  method: string;
  path: string;
  key: string;
  account: string;
  /** The object that the request's cursor or path names, if it names one. */
  id: string;
  plan: StreamPlan | undefined;
};

type Maker = (target: ErrorTarget) => ApiError;

/** Each way in which the API refuses that a client has to tell from others, by the name that a fault gives. */
const ERRORS = {
  invalid_api_key: () => new ApiError("Invalid API Key provided: sk_test_********0000", { status: 401 }),
  api_key_expired: () => refusal(401, "api_key_expired", "Expired API Key provided: sk_test_********0000"),
  platform_api_key_expired: () => refusal(401, "platform_api_key_expired", "The API key of the platform has expired."),
  secret_key_required: () =>
    refusal(403, "secret_key_required", "A publishable API key cannot make this call. Use a secret API key."),
  account_invalid: ({ account }) =>
    refusal(
      403,
      "account_invalid",
      `The provided key 'sk_test_********0000' does not have access to account '${account}' (or that account does not exist). Application access may have been revoked.`,
    ),
  platform_account_required: () =>
    refusal(403, "platform_account_required", "Only Stripe Connect platforms can work with other accounts."),
  accounts_of_connected: () =>
    new ApiError("You cannot access the connected accounts of your platform's connected accounts.", { status: 403 }),
  no_platform_controls: () =>
    new ApiError("You cannot perform this request as you do not have Platform Controls over this account.", {
      status: 403,
    }),
  more_permissions_required: ({ key, plan }) => missingPermission(key, plan?.object ?? "account"),
  rak_permission_required: ({ plan }) =>
    new ApiError(
      `This API call cannot be made with the provided key. Having the 'rak_${(plan?.object ?? "account").replaceAll(".", "_")}_read' permission would allow this request to continue.`,
      { status: 403 },
    ),
  issuing_not_set_up: () => new ApiError("Your account is not set up to use Issuing.", { status: 400 }),
  identity_not_set_up: () => new ApiError("Your account is not set up to use Identity.", { status: 400 }),
  forwarding_not_authorized: () =>
    new ApiError("Your account is not authorized to send Forwarding requests in livemode.", { status: 400 }),
  testmode_only: () => new ApiError("This endpoint is only available in testmode.", { status: 400 }),
  not_in_testmode: () => new ApiError("This resource isn't available in test mode.", { status: 400 }),
  testmode_surface_disabled: () => new ApiError("This API surface is not enabled for testmode usage.", { status: 400 }),
  accounts_v2_not_enabled: () => new ApiError("Accounts v2 is not enabled for your account.", { status: 400 }),
  unrecognized_url: ({ method, path }) =>
    new ApiError(`Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs.`, { status: 404 }),
  missing_param: () => refusal(400, "parameter_missing", "Missing required param: customer."),
  unknown_param: () => refusal(400, "parameter_unknown", "Received unknown parameter: created"),
  resource_missing: ({ plan, id }) => noSuchObject(plan?.object ?? "object", id),
  line_items_missing: () => new ApiError("Could not find line items for this Checkout Session.", { status: 404 }),
  persons_forbidden: () =>
    new ApiError("The persons of this account cannot be listed by its platform.", { status: 403 }),
  cursor_missing: ({ plan, id }) => noSuchObject(plan?.object ?? "object", id, "starting_after"),
  cursor_missing_404: ({ plan, id }) => {
    const { message, facts } = noSuchObject(plan?.object ?? "object", id, "starting_after");
    return new ApiError(message, { ...facts, status: 404 });
  },
  event_aged_out: ({ id }) => agedOut(id),
  rate_limit: () => limited(429, "rate_limit", "global-rate"),
  endpoint_rate_limit: () => limited(429, "rate_limit", "endpoint-rate"),
  concurrency_limit: () => limited(429, "rate_limit", "global-concurrency"),
  resource_limit: () => limited(429, "rate_limit", "resource-specific"),
  rate_limit_400: () => refusal(400, "rate_limit", "Request rate limit exceeded."),
  lock_timeout: () =>
    refusal(
      429,
      "lock_timeout",
      "This object cannot be accessed right now because another API request or process is using it.",
    ),
  conflict: () =>
    new ApiError("There is another request with the same key in progress.", { status: 409, type: "idempotency_error" }),
  api_error: () => new ApiError("An error occurred on the server.", { status: 500, type: "api_error" }),
  bad_gateway: () => new ApiError("The server had no answer.", { status: 502, type: "api_error" }),
  unavailable: () => new ApiError("The server is too busy.", { status: 503, type: "api_error" }),
  do_not_retry: () =>
    new ApiError("An error occurred on the server.", {
      status: 500,
      type: "api_error",
      headers: { "stripe-should-retry": "false" },
    }),
  do_retry: () => new ApiError("Try again.", { status: 400, headers: { "stripe-should-retry": "true" } }),
  feature_not_enabled: () =>
    new ApiError("The feature is not enabled for this account.", { status: 400, type: "feature_not_enabled" }),
} satisfies Record<string, Maker>;

/** The names of the errors that a fault can give. */
export type ErrorName = keyof typeof ERRORS;
export const ERROR_NAMES = Object.keys(ERRORS) as ErrorName[];

/** Yields an error of the API as it would speak of this request. */
export function namedError(name: ErrorName, target: ErrorTarget): ApiError {
  const make: Maker = ERRORS[name];
  return make(target);
}

function refusal(status: number, code: string, message: string): ApiError {
  return new ApiError(message, { status, code });
}

function limited(status: number, code: string, reason: string): ApiError {
  return new ApiError("Request rate limit exceeded.", {
    status,
    code,
    headers: { "stripe-rate-limited-reason": reason },
  });
}
