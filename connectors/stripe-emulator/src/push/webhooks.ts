import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { positionToken } from "../data/random.ts";
import { sendJson } from "../http/answer.ts";
import { invalidParameter, noSuchObject } from "../http/api-error.ts";
import type { Store } from "../store/store.ts";
import type { StripeObject } from "../stripe-object.ts";
import type { PushLog } from "./push-log.ts";
import { signatureOf } from "./signature.ts";
import type { ToldEvent } from "./told-event.ts";

const STREAM = "webhook_endpoints";
const PATH = "/v1/webhook_endpoints";
/** As many requests are under way at the same time; the others wait for their turn. */
const MOST_AT_ONCE = 64;

const flag = z.enum(["true", "false"]).transform((text) => text === "true");

/** What an endpoint is made with; see https://docs.stripe.com/api/webhook_endpoints/create. */
const NewEndpoint = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  enabled_events: z.array(z.string()).min(1),
  api_version: z.string().nullish(),
  connect: flag.optional(),
  description: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).default({}),
});

/** The webhook endpoints that were made through the API, and what is sent to them. */
export class Webhooks {
  readonly #store: Store;
  readonly #log: PushLog;
  readonly #seed: number;
  readonly #endpoints = new Map<string, { secret: string; hearsConnected: boolean }>();
  /** What was answered to a request with an Idempotency-Key. */
  readonly #answers = new Map<string, StripeObject>();
  #underWay = 0;
  readonly #queue: (() => void)[] = [];

  constructor(store: Store, { log, seed }: { log: PushLog; seed: number }) {
    this.#store = store;
    this.#log = log;
    this.#seed = seed;
  }

  /** Answers the requests that make and delete endpoints; lists and single ones are those of any stream. */
  register(app: FastifyInstance): void {
    const plan = this.#store.dataset.plans.find(({ name }) => name === STREAM);
    if (plan === undefined) throw new RangeError(`The catalog has no ${STREAM}.`);
    app.post(PATH, { config: { path: PATH, plan } }, (request, reply) => {
      const key = request.headers["idempotency-key"];
      const known = typeof key === "string" ? this.#answers.get(key) : undefined;
      const made = known ?? this.create(endpointOf(request.body));
      if (typeof key === "string") this.#answers.set(key, made);
      return sendJson(reply, 200, made);
    });
    const one = `${PATH}/{webhook_endpoint}`;
    app.delete<{ Params: { id: string } }>(`${PATH}/:id`, { config: { path: one, plan } }, (request, reply) => {
      const { id } = request.params;
      const found = this.#store.find(id);
      if (found?.plan.name !== STREAM) throw noSuchObject("webhook_endpoint", id);
      this.#store.delete(found);
      return sendJson(reply, 200, { id, object: "webhook_endpoint", deleted: true });
    });
  }

  /** Makes an endpoint and yields it with its secret, which is told this once. */
  create({ connect = false, ...fields }: z.infer<typeof NewEndpoint>): StripeObject {
    const plan = this.#store.dataset.plans.find(({ name }) => name === STREAM);
    if (plan === undefined) throw new RangeError(`The catalog has no ${STREAM}.`);
    const made = this.#store.create(plan, {
      application: null,
      api_version: null,
      description: null,
      livemode: false,
      status: "enabled",
      ...fields,
    });
    const secret = `whsec_${positionToken(this.#seed, this.#endpoints.size + 1)}`;
    this.#endpoints.set(made.id, { secret, hearsConnected: connect });
    return { ...made, secret };
  }

  /** Sends an event to each endpoint that wants it, of the platform or of the accounts connected to it, again and again until it is taken. */
  async send(event: ToldEvent, signal: AbortSignal): Promise<void> {
    const endpoints = [...this.#endpoints].flatMap(([id, { secret, hearsConnected }]) => {
      if (hearsConnected !== (event.account !== undefined)) return [];
      const endpoint = this.#store.find(id)?.entry.make();
      return endpoint !== undefined && isWanted(endpoint, event.type) ? [{ endpoint, secret }] : [];
    });
    await Promise.all(endpoints.map((each) => this.#deliver(event, each, signal)));
  }

  async #deliver(event: ToldEvent, { endpoint, secret }: Target, signal: AbortSignal): Promise<void> {
    const { api_version: version, url } = endpoint;
    const body = `${JSON.stringify(event.render(typeof version === "string" ? version : undefined), null, 2)}`;
    for (let attempt = 0; ; attempt += 1) {
      if (await this.#atTurn(() => this.#post(String(url), body, { secret, signal }))) {
        this.#log.acknowledge(event.id);
        return;
      }
      const pauseMs = this.#store.settings.push.retryMs[attempt];
      if (pauseMs === undefined || this.#store.find(endpoint.id) === undefined) {
        this.#log.givenUp += 1;
        return;
      }
      // thousands may wait, and each listener at the signal is looked for among all others
      await delay(pauseMs, undefined, { ref: false });
      signal.throwIfAborted();
    }
  }

  /** Resolves to whether it was answered with 2xx; a redirect and a slow answer are failures, too. */
  async #post(url: string, body: string, { secret, signal }: { secret: string; signal: AbortSignal }) {
    const { timeoutMs } = this.#store.settings.push;
    this.#log.sent += 1;
    try {
      const answer = await fetch(url, {
        method: "POST",
        redirect: "manual",
        headers: {
          "content-type": "application/json; charset=utf-8",
          "stripe-signature": signatureOf(body, { secret, seconds: this.#store.now() }),
          "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        },
        body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      await answer.body?.cancel();
      return answer.ok;
    } catch {
      // whatever it was, it is sent again
      return false;
    }
  }

  async #atTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#underWay < MOST_AT_ONCE) this.#underWay += 1;
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#underWay -= 1;
      else next();
    }
  }
}

type Target = { endpoint: StripeObject; secret: string };

function endpointOf(body: unknown): z.infer<typeof NewEndpoint> {
  const result = NewEndpoint.safeParse(body ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const param = issue?.code === "unrecognized_keys" ? (issue.keys[0] ?? "") : String(issue?.path[0] ?? "");
  throw invalidParameter(param, `${param}: ${issue?.message ?? "it is not as it must be"}`);
}

function isWanted({ enabled_events: types, status }: StripeObject, type: string): boolean {
  return status === "enabled" && Array.isArray(types) && (types.includes("*") || types.includes(type));
}
