import { check, discover } from "@sluice/runner";
import { z } from "zod";
import { pageOf } from "../../store/pages.ts";
import { configuredConnection } from "../../pipelines/renewed-config.ts";
import { changedConfig, type SplitConfig } from "../../secrets/config-secrets.ts";
import { actorOf } from "../access.ts";
import type { Api, ApiContext, WorkContext } from "../context.ts";
import { answeredPage, pageAnswer, pageQuery, pageRequest } from "../pages.ts";
import {
  CheckResult,
  Connection,
  ConnectionChange,
  Connector,
  DiscoveredStreams,
  IdParams,
  IfMatch,
  NewConnection,
  TriedConfig,
} from "../schemas.ts";
import { etag, versionOf } from "../versions.ts";

const tags = ["connections"];

/** Adds the routes of connectors and of the connections that are made with them. */
export function addConnections(api: Api, context: WorkContext): void {
  addConnectors(api, context);
  addReading(api, context);
  addChanging(api, context);
  addAsking(api, context);
}

function addConnectors(api: Api, { connectors }: ApiContext): void {
  api.get(
    "/v1/connectors",
    {
      config: { access: "viewer" },
      schema: {
        tags,
        summary: "List connectors",
        querystring: pageQuery("text"),
        response: { 200: pageAnswer(Connector) },
      },
    },
    async ({ query }) => {
      const { after: [after = ""] = [], limit } = pageRequest(query);
      const all = (await connectors.list()).map(({ connector, ...spec }) => ({ ...spec, ...connector }));
      const behind = all.filter(({ name }) => name > after).toSorted((one, other) => (one.name < other.name ? -1 : 1));
      return answeredPage(pageOf(behind, limit, ({ name }) => [name]));
    },
  );
}

function addReading(api: Api, { store }: ApiContext): void {
  api.get(
    "/v1/connections",
    {
      config: { access: "viewer" },
      schema: {
        tags,
        summary: "List connections",
        querystring: pageQuery("text"),
        response: { 200: pageAnswer(Connection) },
      },
    },
    async ({ query }) => answeredPage(await store.connections.list(pageRequest(query))),
  );
  api.get(
    "/v1/connections/:id",
    {
      config: { access: "viewer" },
      schema: { tags, summary: "Get a connection", params: IdParams, response: { 200: Connection } },
    },
    async (request, reply) => {
      const connection = await store.connections.get(request.params.id);
      return reply.header("ETag", etag(connection.version)).send(connection);
    },
  );
}

function addChanging(api: Api, { store, connectors }: ApiContext): void {
  api.post(
    "/v1/connections",
    {
      config: { access: "admin" },
      schema: { tags, summary: "Make a connection", body: NewConnection, response: { 201: Connection } },
    },
    async (request, reply) => {
      const { name, connector, config, concurrent_runs } = request.body;
      const spec = await connectors.spec(connector);
      const split = changedConfig({ config: {}, secrets: {} }, config, spec.config);
      const made = { name, connector, kind: spec.connector.kind, concurrent_runs, ...split };
      const connection = await store.connections.create(made, actorOf(request));
      return reply.code(201).header("ETag", etag(connection.version)).send(connection);
    },
  );
  api.patch(
    "/v1/connections/:id",
    {
      config: { access: "admin" },
      schema: {
        tags,
        summary: "Change a connection",
        description:
          "With If-Match only when it is still as it was. A secret that is left out stays; null takes it away.",
        params: IdParams,
        headers: IfMatch,
        body: ConnectionChange,
        response: { 200: Connection },
      },
    },
    async (request, reply) => {
      const { config, ...fields } = request.body;
      const named = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
      const { connector } = await store.connections.get(request.params.id);
      const schema = (await connectors.spec(connector)).config;
      const change = {
        version: versionOf(request.headers["if-match"]),
        change: (now: SplitConfig) => ({
          ...(config === undefined ? now : changedConfig(now, config, schema)),
          ...named,
        }),
      };
      const connection = await store.connections.update(request.params.id, change, actorOf(request));
      return reply.header("ETag", etag(connection.version)).send(connection);
    },
  );
  api.delete(
    "/v1/connections/:id",
    {
      config: { access: "admin" },
      schema: {
        tags,
        summary: "Delete a connection",
        params: IdParams,
        headers: IfMatch,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await store.connections.remove(request.params.id, versionOf(request.headers["if-match"]), actorOf(request));
      return reply.code(204).send(null);
    },
  );
}

function addAsking(api: Api, { store, connectors, work }: WorkContext): void {
  const opened = async (id: string, change?: (stored: SplitConfig) => SplitConfig) =>
    connectors.open({ ...(await configuredConnection(store, id, change)), secrets: {} });
  api.post(
    "/v1/connections/:id/check",
    {
      config: { access: "operator" },
      schema: { tags, summary: "Try a connection", params: IdParams, response: { 200: CheckResult } },
    },
    async ({ params: { id } }, reply) => work.untilLeft(reply, async (signal) => check(await opened(id), { signal })),
  );
  api.post(
    "/v1/connections/:id/try",
    {
      // a stored secret goes where the given configuration says
      config: { access: "admin" },
      schema: {
        tags,
        summary: "Try a connection as a change would make it",
        description: "Nothing is stored. A secret that is left out is the stored one; null takes it away.",
        params: IdParams,
        body: TriedConfig,
        response: { 200: CheckResult },
      },
    },
    async ({ params: { id }, body: { config } }, reply) => {
      const { connector } = await store.connections.get(id);
      const { config: schema } = await connectors.spec(connector);
      const tried = () => opened(id, (stored) => changedConfig(stored, config, schema));
      return work.untilLeft(reply, async (signal) => check(await tried(), { signal }));
    },
  );
  api.post(
    "/v1/connections/:id/discover",
    {
      config: { access: "operator" },
      schema: {
        tags,
        summary: "Ask a source for its streams",
        params: IdParams,
        response: { 200: DiscoveredStreams },
      },
    },
    async ({ params: { id } }, reply) => ({
      streams: await work.untilLeft(reply, async (signal) => discover(await opened(id), { signal })),
    }),
  );
}
