import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { sendJson } from "../http/answer.ts";
import type { Faults } from "../http/faults.ts";
import { type KeyRing, PermissionError } from "../http/key-ring.ts";
import type { RequestLog } from "../http/request-log.ts";
import type { Push } from "../push/push.ts";
import type { Accounts } from "../store/accounts.ts";
import { BurstBody, StormBody, burst, storm } from "./burst.ts";
import { ControlError } from "./control-error.ts";
import { FaultBody, faultOf } from "./fault-control.ts";
import { createObject, deleteObject, raiseEvent, updateObject } from "./object-control.ts";
import { SettingsBody, changeSettings, settingsOf, settingsView } from "./settings-control.ts";

const FieldsBody = z.record(z.string(), z.json());

const NewObjectBody = z.looseObject({ object: z.string().min(1), parent: z.string().min(1).optional() });

const NewEventBody = z.strictObject({ type: z.string().min(1), object: FieldsBody });

const KeyBody = z.strictObject({ key: z.string().regex(/^rk_\w+$/), permissions: z.array(z.string()) });

const ClockBody = z.strictObject({
  advance_seconds: z.int().min(0).optional(),
  now: z.int().min(0).optional(),
  hold: z.boolean().optional(),
});

const DisconnectBody = z.strictObject({
  how: z.enum(["close", "terminate"]).default("terminate"),
  expire: z.boolean().default(false),
});

/** What the control paths act on. */
export type Controlled = {
  accounts: Accounts;
  faults: Faults;
  requests: RequestLog;
  clock: Clock;
  keys: KeyRing;
  push: Push;
};

/** Answers the paths under /_emulator, by which a test in any language changes the account and breaks the network. */
export function registerControlRoutes(app: FastifyInstance, controlled: Controlled): void {
  registerObjectRoutes(app);
  registerFaultRoutes(app, controlled);
  registerAccountRoutes(app, controlled);
  registerPushRoutes(app, controlled);
}

function registerObjectRoutes(app: FastifyInstance): void {
  app.post("/_emulator/objects", (request, reply) =>
    sendJson(reply, 200, createObject(request.store, parsed(NewObjectBody, request.body))),
  );
  for (const method of ["POST", "PATCH"]) {
    app.route<{ Params: { id: string } }>({
      method,
      url: "/_emulator/objects/:id",
      handler: (request, reply) =>
        sendJson(reply, 200, updateObject(request.store, request.params.id, parsed(FieldsBody, request.body))),
    });
  }
  app.delete<{ Params: { id: string } }>("/_emulator/objects/:id", (request, reply) => {
    deleteObject(request.store, request.params.id);
    return sendJson(reply, 200, { id: request.params.id, deleted: true });
  });
  app.post("/_emulator/events", (request, reply) =>
    sendJson(reply, 200, raiseEvent(request.store, parsed(NewEventBody, request.body))),
  );
  app.post("/_emulator/bursts", (request, reply) =>
    sendJson(reply, 200, { ids: burst(request.store, parsed(BurstBody, request.body)) }),
  );
  app.post("/_emulator/storms", (request, reply) =>
    sendJson(reply, 200, { ids: storm(request.store, parsed(StormBody, request.body)) }),
  );
  app.get("/_emulator/counts", (request, reply) => sendJson(reply, 200, request.store.counts()));
}

function registerFaultRoutes(app: FastifyInstance, { faults, requests }: Controlled): void {
  app.get("/_emulator/requests", (_request, reply) => sendJson(reply, 200, requestsView(requests)));
  app.delete("/_emulator/requests", (_request, reply) => {
    requests.clear();
    return sendJson(reply, 200, requestsView(requests));
  });
  app.post("/_emulator/faults", (request, reply) => {
    faults.add(faultOf(parsed(FaultBody, request.body)));
    return sendJson(reply, 200, { added: true });
  });
  app.delete("/_emulator/faults", (_request, reply) => {
    faults.clear();
    return sendJson(reply, 200, { deleted: true });
  });
}

function registerAccountRoutes(app: FastifyInstance, { accounts, clock, keys }: Controlled): void {
  const { own } = accounts;
  app.get("/_emulator/settings", (_request, reply) => sendJson(reply, 200, settingsView(own.settings)));
  app.post("/_emulator/settings", (request, reply) => {
    changeSettings(own, settingsOf(parsed(SettingsBody, request.body)));
    return sendJson(reply, 200, settingsView(own.settings));
  });
  app.post("/_emulator/keys", (request, reply) => {
    const { key, permissions } = parsed(KeyBody, request.body);
    try {
      keys.restrict(key, permissions);
    } catch (error) {
      throw error instanceof PermissionError ? new ControlError(error.message) : error;
    }
    return sendJson(reply, 200, { added: true });
  });
  app.post("/_emulator/clock", (request, reply) => {
    const { advance_seconds, now, hold } = parsed(ClockBody, request.body);
    if (now !== undefined) clock.set(now);
    if (advance_seconds !== undefined) clock.advance(advance_seconds);
    if (hold !== undefined) clock.hold(hold);
    return sendJson(reply, 200, { now: clock.now() });
  });
}

function registerPushRoutes(app: FastifyInstance, { push }: Controlled): void {
  app.get("/_emulator/push", (_request, reply) => {
    const { givenUp, ...summary } = push.summary();
    return sendJson(reply, 200, { ...summary, given_up: givenUp });
  });
  app.post("/_emulator/sockets/disconnect", (request, reply) => {
    const { how, expire } = parsed(DisconnectBody, request.body ?? {});
    push.disconnect(how, { expire });
    return sendJson(reply, 200, { disconnected: true });
  });
}

/** Yields the requests so far as the control paths write it. */
function requestsView(requests: RequestLog) {
  const { mostAtOnce, ...counts } = requests.summary();
  return { ...counts, most_at_once: mostAtOnce };
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
