import { hostname, release, type } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { SluiceError } from "@sluice/protocol";
import { log } from "@sluice/protocol/stdio";
import { z } from "zod";
import { StripeApiError } from "../api-error.ts";
import type { StripeClient } from "../stripe-client.ts";

const PATH = "/v1/stripecli/sessions";
const VERSION = "1.52.0";
const TRIES = 6;
/** Far more than Stripe has told, and as long as a timer can wait. */
const MAX_RECONNECT_SECONDS = 86_400;

/** What a socket is opened with. */
export type CliSession = z.infer<typeof CliSession>;
const CliSession = z.looseObject({
  reconnect_delay: z.number().positive().max(MAX_RECONNECT_SECONDS),
  websocket_authorized_feature: z.string(),
  websocket_id: z.string(),
  websocket_url: z.url({ protocol: /^wss?$/ }),
});

/** As the Stripe CLI calls itself: the server speaks this protocol to nobody else. */
export const CLI_HEADERS: Readonly<Record<string, string>> = {
  "accept-encoding": "identity",
  "user-agent": `Stripe/v1 stripe-cli/${VERSION}`,
  "x-stripe-client-user-agent": JSON.stringify({
    name: "stripe-cli",
    os: type().toLowerCase(),
    publisher: "stripe",
    uname: `${type()} ${release()}`,
    version: VERSION,
  }),
};

/**
 * Resolves to a new session. A server that breaks down or does not answer is asked six times, with the same pause
 * between them; throws at once what it refuses, such as too many sessions (429), and `transient` in the end.
 */
export async function openSession(
  client: StripeClient,
  { pauseMs, signal }: { pauseMs: number; signal: AbortSignal },
): Promise<CliSession> {
  const form = new URLSearchParams([
    ["device_name", hostname()],
    ["websocket_features[]", "webhooks"],
  ]);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return sessionOf(await client.send({ method: "POST", path: PATH, form, headers: CLI_HEADERS, attempts: 1 }));
    } catch (error) {
      const isPassing = error instanceof SluiceError && error.code === "transient";
      const isRefused = error instanceof StripeApiError && error.status < 500;
      if (signal.aborted || !isPassing || isRefused || attempt >= TRIES) throw error;
      log("debug", `A session for pushed events could not be opened (try ${attempt} of ${TRIES}): ${error.message}`);
      await sleep(pauseMs, undefined, { signal });
    }
  }
}

/** Yields the session of an answer; throws `transient`, with what is wrong with it, for one that holds none. */
function sessionOf(answer: unknown): CliSession {
  const session = CliSession.safeParse(answer);
  if (session.success) return session.data;
  const wrong = new Set(session.error.issues.map(({ path }) => path.join(".") || "it is no object"));
  throw new SluiceError(
    "transient",
    `POST ${PATH} was answered with no session for pushed events (${[...wrong].join(", ")}); check base_url, or set events.mode to poll.`,
  );
}
