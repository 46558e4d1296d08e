import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../emulator.ts";
import { control, getError, request } from "../fixtures/api-client.ts";
import { ERROR_NAMES } from "./named-error.ts";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ now: 1_790_000_000, objects: { charges: 30 } });
});
afterEach(() => emulator.clearFaults());
afterAll(() => emulator.close());

test.each([
  ["invalid_api_key", { status: 401, message: expect.stringContaining("Invalid API Key provided") }],
  ["api_key_expired", { status: 401, code: "api_key_expired" }],
  ["platform_api_key_expired", { status: 401, code: "platform_api_key_expired" }],
  ["secret_key_required", { status: 403, code: "secret_key_required" }],
  ["account_invalid", { status: 403, code: "account_invalid" }],
  ["platform_account_required", { status: 403, code: "platform_account_required" }],
  ["no_platform_controls", { status: 403, message: expect.stringContaining("Platform Controls") }],
  ["more_permissions_required", { status: 403, message: expect.stringContaining("(`charge_read`)") }],
  ["rak_permission_required", { status: 403, message: expect.stringContaining("'rak_charge_read'") }],
  ["issuing_not_set_up", { status: 400, message: expect.stringContaining("not set up to use Issuing") }],
  [
    "unrecognized_url",
    { status: 404, message: expect.stringContaining("Unrecognized request URL (GET: /v1/charges)") },
  ],
  ["missing_param", { status: 400, code: "parameter_missing" }],
  ["unknown_param", { status: 400, code: "parameter_unknown" }],
  ["resource_missing", { status: 404, code: "resource_missing", param: "id" }],
  ["cursor_missing", { status: 400, code: "resource_missing", param: "starting_after" }],
  ["cursor_missing_404", { status: 404, code: "resource_missing", param: "starting_after" }],
  ["event_aged_out", { status: 400, message: expect.stringContaining("aged out of our retention policy") }],
  ["rate_limit", { status: 429, code: "rate_limit" }],
  ["rate_limit_400", { status: 400, code: "rate_limit" }],
  ["lock_timeout", { status: 429, code: "lock_timeout" }],
  ["conflict", { status: 409, type: "idempotency_error" }],
  ["api_error", { status: 500, type: "api_error" }],
  ["unavailable", { status: 503, type: "api_error" }],
  ["feature_not_enabled", { status: 400, type: "feature_not_enabled" }],
])("the error %s is answered in the API's form", async (error, expected) => {
  const added = await control(emulator, ["POST", "/_emulator/faults"], { path: "/v1/charges", error });
  expect(added.status).toBe(200);
  expect(await getError(emulator, "/v1/charges")).toMatchObject(expected);
});

test.each(ERROR_NAMES)("the error %s has a message, a type and a status that is none of success", async (error) => {
  emulator.addFault({ error });
  const answer = await getError(emulator, "/v1/charges/ch_1");
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer).toMatchObject({ message: expect.stringMatching(/.{9,}/), type: expect.any(String) });
});

test("errors carry the headers that say what to do about them", async () => {
  for (const [error, header, value] of [
    ["endpoint_rate_limit", "stripe-rate-limited-reason", "endpoint-rate"],
    ["resource_limit", "stripe-rate-limited-reason", "resource-specific"],
    ["do_not_retry", "stripe-should-retry", "false"],
    ["do_retry", "stripe-should-retry", "true"],
  ] as const) {
    emulator.clearFaults();
    emulator.addFault({ error });
    expect((await request(emulator, "/v1/charges")).headers.get(header)).toBe(value);
  }
});

test("an error about the cursor names it", async () => {
  emulator.addFault({ parameter: "starting_after", error: "cursor_missing" });
  const error = await getError(emulator, "/v1/charges?starting_after=ch_9");
  expect(error.message).toBe("No such charge: 'ch_9'");
});

test("an error that there is not is refused", async () => {
  const answer = await control(emulator, ["POST", "/_emulator/faults"], { error: "no_such_error" });
  expect(answer.status).toBe(400);
});
