import type {
  FastifyInstance,
  FastifyBaseLogger,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { StateStore } from "@sluice/runner";
import type { Connectors } from "../connectors.ts";
import type { RunQueue } from "../queue/run-queue.ts";
import type { Store } from "../store/store.ts";
import type { ConnectorWork } from "./connector-work.ts";

/** What the routes work with. */
export type ApiContext = {
  store: Store;
  connectors: Connectors;
  queue: RunQueue;
  /** Keeps the states of pipelines whose destinations keep none. */
  ownStates: StateStore;
  /** The folder of the built page; without it there is the API alone. */
  page?: string | undefined;
  /** Proxies whose X-Forwarded-For tells who asks: addresses, and networks such as 10.0.0.0/8. */
  trustProxy?: readonly string[] | undefined;
};

/** What the routes work with that have connectors do something. */
export type WorkContext = ApiContext & { work: ConnectorWork };

/** A server whose routes are typed by their zod schemas. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;
