import { Metrics } from "../../metrics/metrics.ts";
import type { Api, ApiContext } from "../context.ts";
import { Text } from "../schemas.ts";

/** Adds what Prometheus asks for, and counts every request for it. */
export function addMetrics(api: Api, { store }: ApiContext): void {
  const metrics = new Metrics(store);
  api.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "none";
    metrics.answered({ method: request.method, route, status: reply.statusCode, ms: reply.elapsedTime });
  });
  api.get(
    "/metrics",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["health"],
        summary: "Figures for Prometheus",
        response: { 200: { description: "Its text format.", content: { "text/plain": { schema: Text } } } },
      },
    },
    async (_, reply) => {
      const { type, text } = await metrics.text();
      return reply.type(type).send(text);
    },
  );
}
