import { expect, test } from "vitest";
import { stripeApiError, type FailedAnswer } from "./api-error.ts";

function failed(status: number, body: unknown, more: Partial<FailedAnswer> = {}) {
  const text = typeof body === "string" ? body : JSON.stringify({ error: body });
  return stripeApiError({
    method: "GET",
    path: "/v1/charges",
    status,
    requestId: "req_1",
    shouldRetry: undefined,
    retryAfterMs: undefined,
    body: text,
    ...more,
  });
}

const invalid = "invalid_request_error";
const noPermission = {
  type: invalid,
  code: "more_permissions_required",
  message:
    "The provided key 'rk_test_*1234' does not have the required permissions for this endpoint on account 'acct_1'. " +
    'Enabling "Credit Notes Read" (`credit_note_read`) permissions would allow this request to continue.',
};
const noPermissionOld = {
  type: invalid,
  message:
    "The provided key 'rk_test_*1234' does not have the required permissions for this endpoint on account 'acct_1'. " +
    "Having the 'rak_charge_read' permission would allow this request to continue.",
};
const unavailable = (message: string) => ({ type: invalid, message });

test.each([
  ["a lock", 409, { type: "idempotency_error" }],
  ["a failure of Stripe's", 500, { type: "api_error", message: "Something went wrong." }],
  ["a gateway's page", 502, "<html>Bad Gateway</html>"],
  ["maintenance without a body", 503, ""],
])("%s (%i) is tried again", (_, status, body) => {
  expect(failed(status, body)).toMatchObject({ reaction: "retry", code: "transient", exitCode: 12 });
});

test.each([
  ["too many requests", 429, { type: invalid, code: "rate_limit", message: "Request rate limit exceeded." }],
  ["an object in use", 429, { type: invalid, code: "lock_timeout" }],
  ["too many requests, as old versions say it", 400, { type: invalid, code: "rate_limit" }],
  ["a proxy's limit", 429, "slow down"],
])("%s (%i) is tried again, and told as a rate limit", (_, status, body) => {
  const error = failed(status, body, { retryAfterMs: 3000 });
  expect(error).toMatchObject({ reaction: "retry", code: "rate_limit", exitCode: 12, retryAfterMs: 3000 });
  expect(error.message).toContain("max_requests_per_second");
});

test("Stripe-Should-Retry decides over the status", () => {
  expect(failed(500, { type: "api_error" }, { shouldRetry: "false" })).toMatchObject({ reaction: "fail" });
  expect(failed(429, { code: "rate_limit" }, { shouldRetry: "false" })).toMatchObject({ reaction: "fail" });
  expect(failed(400, { type: invalid }, { shouldRetry: "true" })).toMatchObject({ reaction: "retry" });
  expect(failed(404, "", { shouldRetry: "true" })).toMatchObject({ reaction: "retry" });
});

test.each([
  ["a wrong key", 401, { type: invalid, message: "Invalid API Key provided: sk_test_****1234" }],
  ["an expired key", 401, { type: invalid, code: "api_key_expired", message: "Expired API Key provided." }],
  ["an expired platform key", 401, { type: invalid, code: "platform_api_key_expired" }],
  ["no answer in Stripe's form", 401, ""],
  ["a publishable key", 403, { type: invalid, code: "secret_key_required" }],
  ["an account that is not the key's", 403, { type: invalid, code: "account_invalid" }],
])("%s (%i) stops everything", (_, status, body) => {
  const error = failed(status, body);
  expect(error).toMatchObject({ reaction: "fatal", code: "auth", exitCode: 11 });
  expect(error.message).toContain("SOURCE_STRIPE_API_KEY");
});

test("an API version that Stripe does not know stops everything", () => {
  const error = failed(400, { type: invalid, message: "Invalid Stripe API version: 2999-01-01" });
  expect(error).toMatchObject({ reaction: "fatal", code: "config", exitCode: 10 });
  expect(error.message).toContain("correct api_version");
});

test.each([
  ["credit_note_read", noPermission],
  ["rak_charge_read", noPermissionOld],
])("a missing permission leaves the stream out and is told by its name, %s", (name, body) => {
  const error = failed(403, body);
  expect(error).toMatchObject({ reaction: "denied", code: "permission" });
  expect(error.message).toContain(`give the key the permission ${name} in the Stripe dashboard`);
});

test.each([
  ["its address", "The API key you provided does not allow requests from your IP address."],
  ["what nobody knows yet", "This request is not allowed."],
])("a refusal (403) for %s is a failure, and not taken for a missing permission", (_, message) => {
  const error = failed(403, { type: invalid, message });
  expect(error).toMatchObject({ reaction: "fail", code: "permission", exitCode: 11 });
  expect(error.message).toContain(message);
});

test("a key without Connect permissions leaves the stream out, as one without another permission does", () => {
  const message = "You passed a restricted API key, but it does not have any Connect permissions.";
  expect(failed(403, { type: invalid, message })).toMatchObject({ reaction: "denied", code: "permission" });
});

test("an account that is no platform, or that lacks what version 2 of the API offers, leaves the stream out", () => {
  for (const [path, status, error] of [
    ["/v1/accounts", 403, { type: invalid, code: "platform_account_required", message: "You need Connect." }],
    ["/v2/money_management/payout_methods", 400, { type: "feature_not_enabled", message: "Not enabled." }],
    ["/v2/money_management/payout_methods", 403, { type: "feature_not_enabled", message: "Not enabled." }],
    ["/v2/money_management/payout_methods", 400, { type: invalid, code: "feature_not_enabled" }],
  ] as const)
    expect(failed(status, error, { path, shouldRetry: "false" })).toMatchObject({
      reaction: "unavailable",
      code: "permission",
    });
});

test.each([
  ["/v1/issuing/cards", 400, "Your account is not set up to use Issuing. Please visit the dashboard."],
  ["/v1/identity/verification_sessions", 400, "Your account is not set up to use Identity."],
  ["/v1/forwarding/requests", 400, "Your account is not authorized to send Forwarding requests in livemode."],
  ["/v1/test_helpers/test_clocks", 400, "This endpoint is only available in testmode. Try using your test keys."],
  ["/v1/sigma/scheduled_query_runs", 400, "This resource isn't available in test mode."],
  ["/v1/treasury/financial_accounts", 400, "The API surface is not enabled for testmode usage."],
  ["/v1/accounts", 400, "Only Stripe Connect platforms can work with other accounts."],
  ["/v1/accounts", 403, "Only Stripe Connect platforms can work with other accounts."],
  ["/v2/core/accounts", 403, "Accounts v2 is not enabled for your platform."],
  ["/v1/exchange_rates", 404, "Unrecognized request URL (GET: /v1/exchange_rates)."],
  ["/v1/treasury/financial_accounts", 404, "Unrecognized request URL (GET: /v1/treasury/financial_accounts)."],
])(
  "of %s a product that the account does not have (%i) leaves the stream out, also when told not to retry",
  (path, status, message) => {
    for (const shouldRetry of [undefined, "false"]) {
      const error = failed(status, unavailable(message), { path, shouldRetry });
      expect(error).toMatchObject({ reaction: "unavailable", code: "permission" });
      expect(error.message).toContain("does not have this product");
    }
  },
);

test.each([
  ["a parameter is missing", 400, "Missing required param: customer."],
  ["a parameter is unknown", 400, "Received unknown parameter: created"],
  ["a path is unknown", 404, "Unrecognized request URL (GET: /v1/charges)."],
  ["a value is refused", 400, "Invalid integer: abc"],
  ["an object is missing", 404, "No such charge: 'ch_1'"],
  [
    "a message only resembles that of a product",
    400,
    "Missing required param: testmode, see: Your account is not set up to use X",
  ],
])("when %s the stream fails and is never left out", (_, status, message) => {
  expect(failed(status, unavailable(message))).toMatchObject({ reaction: "fail", code: "system", exitCode: 1 });
});

test.each([
  ["400", 400, { code: "resource_missing", param: "starting_after", message: "No such charge: 'ch_1'" }],
  ["404", 404, { code: "resource_missing", param: "starting_after", message: "No such charge: 'ch_1'" }],
  ["too old", 400, { message: "This event is no longer available because it's aged out of our retention policy." }],
])("a cursor whose object is gone (%s) is told apart", (_, status, body) => {
  expect(failed(status, { type: invalid, ...body }, { shouldRetry: "false" })).toMatchObject({
    reaction: "cursor_gone",
  });
});

test.each([
  ["a proxy's refusal", 403, "<html>Forbidden</html>"],
  ["another API", 404, '{"error":"not found"}'],
  ["a redirect", 301, ""],
])("%s (%i) is not taken for Stripe's word, least of all for a reason to leave the stream out", (_, status, body) => {
  const error = failed(status, body);
  expect(error).toMatchObject({ reaction: "fail", code: "config", exitCode: 10 });
  expect(error.message).toContain("check base_url");
});

test("a message says what failed and which request it was, and a long one is cut", () => {
  const error = failed(400, { type: invalid, code: "x", message: "a".repeat(5000) });
  expect(error.message).toMatch(/^Stripe answered 400 to GET \/v1\/charges: a{300} — .* \(request req_1\)\.$/);
  expect(error.detail).toBe("request req_1, type invalid_request_error, code x");
});

test("no key is in a message, wherever the message is cut", () => {
  for (const kind of ["sk_test_", "sk_live_", "rk_live_", "pk_test_"]) {
    const key = `${kind}4eC39HqLyjWDarjtT1zdp7dc`;
    for (let length = 0; length < 320; length += 1) {
      const { message, detail } = failed(401, { type: invalid, message: `${".".repeat(length)} ${key}` });
      expect(message + detail).not.toContain("4eC3");
    }
  }
});
