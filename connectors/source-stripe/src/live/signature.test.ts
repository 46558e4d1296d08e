import Stripe from "stripe";
import { expect, test } from "vitest";
import { isSigned } from "./signature.ts";

const NOW = 1_790_000_000;
const secret = "whsec_first";
const body = Buffer.from('{"id": "evt_1",\n  "name": "é\u2028"}');
const secrets = ["whsec_rolled", secret];

function header(more: { timestamp?: number; secret?: string; payload?: string } = {}): string {
  const payload = more.payload ?? body.toString();
  return new Stripe("sk_test_x").webhooks.generateTestHeaderString({ timestamp: NOW, secret, ...more, payload });
}

test.each([
  ["as Stripe's own client makes it", header(), true],
  ["with the other secret", header({ secret: "whsec_rolled" }), true],
  ["with two signatures, of which the second fits", `${header({ secret: "whsec_x" })},${header().split(",")[1]}`, true],
  ["with what it does not know beside it", `v0=aa,${header()},scheme=b`, true],
  ["300 seconds old", header({ timestamp: NOW - 300 }), true],
  ["of a clock that is ahead", header({ timestamp: NOW + 1000 }), true],
  ["301 seconds old", header({ timestamp: NOW - 301 }), false],
  ["with another secret", header({ secret: "whsec_x" }), false],
  ["of another body", header({ payload: body.toString().replace("1", "2") }), false],
  ["with another stamp", header().replace(String(NOW), String(NOW + 1)), false],
  ["with the signature under another name", header().replace("v1=", "v0="), false],
  ["without a stamp", header().split(",")[1], false],
  ["that is cut", header().slice(0, -1), false],
  ["that is empty", "", false],
  ["that is missing", undefined, false],
])("a header %s is told as it is", (_, given, isRight) => {
  expect(isSigned(body, given, { secrets, nowSeconds: NOW })).toBe(isRight);
});

test("without a secret nothing is right", () => {
  expect(isSigned(body, header(), { secrets: [], nowSeconds: NOW })).toBe(false);
});
