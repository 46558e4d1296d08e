import { catalogVersion } from "@sluice/stripe-catalog/version";
import { z } from "zod";

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A span such as "24h", as seconds. */
const Duration = z.string().regex(/^\d{1,6}[smhd]$/, "it must be a number and one of s, m, h and d, such as 24h");

const Events = z.strictObject({
  mode: z
    .enum(["poll", "webhook", "websocket", "off"])
    .describe(
      "Where changes come from: poll reads /v1/events; webhook and websocket do, too, and a live read takes events as Stripe pushes them besides; off lists every stream anew by relist_interval.",
    )
    .default("poll"),
  poll_seconds: z
    .number()
    .min(0.2)
    .max(3600)
    .describe("How often a live read asks for events; by default every 2 seconds, and every 30 where they are pushed.")
    .optional(),
  lookback_seconds: z
    .int()
    .min(0)
    .max(86_400)
    .describe("How far behind its last event each run looks for events that became visible late.")
    .default(300),
  hydrate: z
    .enum(["never", "when_needed", "always"])
    .describe(
      "When an object is fetched instead of taken from its event: when_needed is for events of another API version, cut lists, and several changes within a second.",
    )
    .default("when_needed"),
});

const Webhook = z.strictObject({
  secret: z
    .union([z.string().min(1), z.array(z.string().min(1))])
    .describe("Signing secret of the webhook endpoint (whsec_…), or several while it is rolled. Setup prints it.")
    .meta({ secret: true })
    .optional(),
  listen: z
    .string()
    .regex(/^(\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}$/, "it must be host:port, such as 0.0.0.0:4242")
    .describe("Where a live read takes webhooks.")
    .optional(),
  public_url: z
    .url({ protocol: /^https?$/ })
    .describe("Where Stripe finds the webhook listener, by which setup makes the endpoint.")
    .optional(),
});

/** The configuration of source-stripe, as its `spec` publishes it. */
export const Config = z.strictObject({
  api_key: z
    .string()
    .regex(
      /^(sk|rk)_[A-Za-z0-9_]+$/,
      "it must be a secret key (sk_…) or a restricted key (rk_…) from the Stripe dashboard",
    )
    .describe("Secret key (sk_…) or restricted key (rk_…) of the Stripe account, from its dashboard.")
    .meta({ secret: true }),
  account_ids: z
    .union([
      z.literal("all"),
      z.array(z.string().regex(/^acct_\w+$/, "it must be an account id, such as acct_1A2b3C")).min(1),
    ])
    .describe(
      "Connect: the accounts that are read, by id, or all: the key's own and those connected to it. Rows begin with their account's id then. Without it the key's own account is read.",
    )
    .optional(),
  api_version: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$/, {
      error: `it must be a date with an optional name, such as ${catalogVersion}`,
    })
    .describe(
      `Stripe API version that objects are rendered in. The schemas of ${catalogVersion} are built in; those of another come from its OpenAPI document.`,
    )
    .meta({ examples: [catalogVersion] }),
  openapi: z
    .string()
    .min(1)
    .describe(
      "File or URL of Stripe's OpenAPI document of this version, with {version} in it where there are several, or of an index of documents; by default the schemas that are built in, or what Stripe publishes.",
    )
    .optional(),
  base_url: z
    .url({ protocol: /^https?$/ })
    .describe("Address of the API.")
    .default("https://api.stripe.com"),
  start_date: z
    .union([z.iso.date(), z.iso.datetime({ offset: true })])
    .describe("Leaves out objects that were created before this date or instant, where a list can be cut by it.")
    .optional(),
  relist_interval: Duration.describe(
    "How old the last full listing of a stream may be whose changes no event tells; 24h by default, and every run where even new objects show in no other way.",
  ).optional(),
  events: Events.describe("How changes are followed.").default(Events.parse({})),
  webhook: Webhook.describe("How webhooks are taken, with events.mode webhook.").default(Webhook.parse({})),
  concurrency: z.int().min(1).max(100).describe("Requests under way at the same time.").default(10),
  max_requests_per_second: z
    .number()
    .min(0.1)
    .describe(
      "Most requests a second; by default 80 with a live key and 20 with a test key. One endpoint gets a quarter of it, or 25 if that is more.",
    )
    .optional(),
  request_timeout_ms: z
    .int()
    .min(100)
    .max(600_000)
    .describe("Longest wait for an answer to begin, and for each part of it.")
    .default(60_000),
  proxy: z
    .url({ protocol: /^https?$/, abort: true })
    .refine(
      (proxy) => isDecodable(new URL(proxy)),
      "in its user and password % must be followed by two hex digits; write %25 for a % itself",
    )
    .describe("HTTP proxy that leads to the API, with its user and password where it wants them.")
    .meta({ secret: true })
    .optional(),
});
export type Config = z.infer<typeof Config>;

function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(`${username}:${password}`);
    return true;
  } catch {
    return false;
  }
}

/** Yields the secrets by which webhooks are signed. */
export function secretsOf({ webhook: { secret = [] } }: Config): readonly string[] {
  return typeof secret === "string" ? [secret] : secret;
}

/** Yields the seconds of a span such as "24h". */
export function durationSeconds(duration: string): number {
  return Number(duration.slice(0, -1)) * (UNIT_SECONDS[duration.slice(-1)] ?? 1);
}

/** Yields an ISO date or instant as unix seconds. */
export function unixSeconds(instant: string): number {
  return Math.floor(Date.parse(instant) / 1000);
}
