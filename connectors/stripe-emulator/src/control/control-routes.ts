import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { Faults } from "../http/faults.ts";
import type { RequestLog } from "../http/request-log.ts";
import { sendJson } from "../http/answer.ts";
import type { Store } from "../store/store.ts";
import { ControlError } from "./control-error.ts";
import { createObject, deleteObject, updateObject } from "./object-control.ts";

const FieldsBody = z.record(z.string(), z.json());

const NewObjectBody = z.looseObject({ object: z.string().min(1), parent: z.string().min(1).optional() });

const FaultBody = z.strictObject({
  path: z.string().startsWith("/").optional(),
  method: z.string().min(1).optional(),
  parameter: z.string().min(1).optional(),
  after_requests: z.int().min(0).optional(),
  times: z.int().min(1).optional(),
  delay_ms: z.int().min(0).max(600_000).optional(),
  reset: z.union([z.literal(true), z.enum(["before_headers", "mid_body"])]).optional(),
  status: z.int().min(200).max(599).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.json().optional(),
});

const ClockBody = z.strictObject({ advance_seconds: z.int().min(0) });

/** What the control paths act on. */
export type Controlled = { store: Store; faults: Faults; requests: RequestLog; clock: Clock };

/** Answers the paths under /_emulator, by which a test in any language changes the account and breaks the network. */
export function registerControlRoutes(app: FastifyInstance, { store, faults, requests, clock }: Controlled): void {
  app.post("/_emulator/objects", (request, reply) =>
    sendJson(reply, 200, createObject(store, parsed(NewObjectBody, request.body))),
  );
  for (const method of ["POST", "PATCH"]) {
    app.route<{ Params: { id: string } }>({
      method,
      url: "/_emulator/objects/:id",
      handler: (request, reply) =>
        sendJson(reply, 200, updateObject(store, request.params.id, parsed(FieldsBody, request.body))),
    });
  }
  app.delete<{ Params: { id: string } }>("/_emulator/objects/:id", (request, reply) => {
    deleteObject(store, request.params.id);
    return sendJson(reply, 200, { id: request.params.id, deleted: true });
  });
  app.get("/_emulator/counts", (_request, reply) => sendJson(reply, 200, store.counts()));
  app.get("/_emulator/requests", (_request, reply) => sendJson(reply, 200, requests.summary()));
  app.delete("/_emulator/requests", (_request, reply) => {
    requests.clear();
    return sendJson(reply, 200, requests.summary());
  });
  app.post("/_emulator/faults", (request, reply) => {
    const { after_requests, delay_ms, reset, ...rest } = parsed(FaultBody, request.body);
    const kind = reset === true ? "before_headers" : reset;
    faults.add({ ...rest, afterRequests: after_requests, delayMs: delay_ms, reset: kind });
    return sendJson(reply, 200, { added: true });
  });
  app.delete("/_emulator/faults", (_request, reply) => {
    faults.clear();
    return sendJson(reply, 200, { deleted: true });
  });
  app.post("/_emulator/clock", (request, reply) => {
    clock.advance(parsed(ClockBody, request.body).advance_seconds);
    return sendJson(reply, 200, { now: clock.now() });
  });
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path.join(".") ?? "";
  const place = field === "" ? "The body" : `"${field}"`;
  throw new ControlError(
    `${place} is not as it must be: ${issue?.message ?? "unknown"}. Send a JSON object; README.md shows its fields.`,
  );
}
