import { catalogVersion } from "@sluice/stripe-catalog/version";
import { z } from "zod";

/** The configuration of source-stripe, as its `spec` publishes it. */
export const Config = z.strictObject({
  api_key: z
    .string()
    .regex(
      /^(sk|rk)_[A-Za-z0-9_]+$/,
      "it must be a secret key (sk_…) or a restricted key (rk_…) from the Stripe dashboard",
    )
    .describe("Secret or restricted API key of the Stripe account.")
    .meta({ secret: true }),
  api_version: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$/, {
      error: `it must be a date with an optional name, such as ${catalogVersion}`,
      abort: true,
    })
    .refine(
      (version) => version === catalogVersion,
      `this release knows the schemas of ${catalogVersion} only, so give that`,
    )
    .describe(`Stripe API version that objects are rendered in, ${catalogVersion}.`),
  base_url: z
    .url({ protocol: /^https?$/ })
    .describe("Address of the API.")
    .default("https://api.stripe.com"),
  concurrency: z.int().min(1).max(100).describe("Streams that are read at the same time.").default(10),
  max_requests_per_second: z
    .number()
    .min(0.1)
    .describe("Most requests a second; by default 80 with a live key and 20 with a test key.")
    .optional(),
  request_timeout_ms: z
    .int()
    .min(100)
    .max(600_000)
    .describe("Longest wait for an answer to begin, and for each part of it.")
    .default(60_000),
});
export type Config = z.infer<typeof Config>;
