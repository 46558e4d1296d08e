import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { SluiceError } from "@sluice/protocol";
import type { z } from "zod";
import { InboxWriter } from "../../ingress/inbox-writer.ts";
import { StoreConflict } from "../../store/store-conflict.ts";
import type { Api, ApiContext } from "../context.ts";
import { IdParams, InboxFigures, Text } from "../schemas.ts";

const tags = ["ingress"];
const MAX_EVENT_BYTES = 1024 * 1024;
/** What is for this server, or for a proxy, and not of the event. */
const NOT_OF_THE_EVENT = ["authorization", "cookie", "connection", "content-length", "host", "proxy-authorization"];

/** Adds where webhooks are pushed to, and how much of that waits. */
export function addIngress(api: Api, { store, connectors }: ApiContext): void {
  const writer = new InboxWriter((events) => store.inbox.receive(events));
  const assertTakesEvents = async (pipelineId: string) => {
    const source = await store.inbox.sourceOf(pipelineId);
    if (source === undefined) throw unknown(pipelineId);
    if ((await connectors.spec(source)).capabilities.inputs !== true)
      throw new StoreConflict("in_use", `The source ${source} takes no events that are pushed; it reads them itself.`);
  };
  void api.register(async (scope) => {
    // whatever it is, it is kept as it came: signatures are of the bytes
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_, body, done) => done(null, body));
    scope.post(
      "/v1/ingress/:id",
      {
        config: { access: "public", isUnkeyed: true },
        bodyLimit: MAX_EVENT_BYTES,
        schema: {
          tags,
          operationId: "ingress.push",
          summary: "Push an event to a pipeline",
          description:
            "For webhooks of the service that its source reads. Answers once the event is durable; the very same request is kept once. Who knows the pipeline's id may push: the source checks the signature.",
          params: IdParams,
          response: { 202: Text },
        },
      },
      async (request, reply) => {
        const pipelineId = (request.params as z.infer<typeof IdParams>).id;
        const receivedAtMs = performance.now();
        await assertTakesEvents(pipelineId);
        const body = textOf(request.body);
        const headers = headersOf(request.headers);
        const event = { pipelineId, key: keyOf(headers, body), receivedAtMs, headers, body };
        const receipt = await writer.add(event);
        if (receipt === "unknown") throw unknown(pipelineId);
        if (receipt === "full")
          throw new SluiceError("transient", "Too many events of this pipeline wait; send it again later.");
        return reply.code(202).send("");
      },
    );
  });
  api.get(
    "/v1/pipelines/:id/inbox",
    {
      config: { access: "viewer" },
      schema: {
        tags,
        summary: "Tell how many pushed events wait, and how long they take",
        params: IdParams,
        response: { 200: InboxFigures },
      },
    },
    async ({ params: { id } }) => {
      await store.pipelines.get(id);
      const latency = (await store.inbox.latencies([id])).get(id) ?? null;
      return { ...(await store.inbox.size(id)), latency };
    },
  );
}

function unknown(pipelineId: string): StoreConflict {
  return new StoreConflict("not_found", `There is no pipeline "${pipelineId}".`);
}

function textOf(body: unknown): string {
  if (!Buffer.isBuffer(body) || body.length === 0 || !isUtf8(body) || body.includes(0))
    throw new SluiceError("config", "An event must be text in UTF-8, and not empty.");
  return body.toString();
}

/**
 * Yields what tells an event from others. Anybody may push, so that only the very same request is a twin: were it known
 * by the id in its body, a forged event would keep the one that its sender signed out.
 */
function keyOf(headers: Record<string, string>, body: string): string {
  const hash = createHash("sha256").update(JSON.stringify(headers)).update("\n").update(body);
  return `sha256:${hash.digest("hex")}`;
}

function headersOf(headers: IncomingHttpHeaders): Record<string, string> {
  const given = Object.entries(headers).filter(([name]) => !NOT_OF_THE_EVENT.includes(name));
  return Object.fromEntries(
    given.map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]),
  );
}
