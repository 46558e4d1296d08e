import { z } from "zod";
import { mailSettings, requiredMail, send } from "../../notifications/send.ts";
import { EVENTS } from "../../store/notifications.ts";
import { actorOf } from "../access.ts";
import type { Api, ApiContext } from "../context.ts";
import { answeredPage, pageAnswer, pageQuery, pageRequest } from "../pages.ts";
import { IdParams } from "../schemas.ts";

const tags = ["notifications"];
const Url = z.url({ protocol: /^https?$/ }).max(2000);

const Notification = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.enum(["webhook", "slack", "email"]),
    shown_target: z.string().describe("Where it goes, without what is secret of that."),
    events: z.array(z.enum(EVENTS)),
    silence_s: z.int(),
    created_at: z.date(),
  })
  .meta({ id: "Notification" });

const NewNotification = z.strictObject({
  name: z.string().trim().min(1).max(200),
  events: z
    .array(z.enum(EVENTS))
    .min(1)
    .describe("failure: the first after a success; recovery: the first success after that; silence: none for long."),
  silence_s: z.int().min(60).max(31_536_000).default(86_400).describe("What long is, for silence."),
  target: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("webhook"), url: Url.describe("Gets the notice as JSON.") }),
    z.strictObject({ kind: z.literal("slack"), url: Url.describe("An incoming webhook of Slack, or one like it.") }),
    z.strictObject({ kind: z.literal("email"), to: z.array(z.email().max(320)).min(1).max(50) }),
  ]),
});

const DeliveryKey = z.strictObject({
  notification_id: z.string().max(100),
  event: z.enum(EVENTS),
  subject: z.string().max(300),
});

const FailedDelivery = DeliveryKey.extend({
  notification: z.string().describe("What the notification is called."),
  pipeline_id: z.string(),
  run_id: z.string().nullable(),
  noted_at: z.date(),
  attempts: z.int(),
  failure: z.string(),
  next_at: z.date().nullable().describe("When it is tried next; null when it was given up."),
}).meta({ id: "FailedDelivery" });

/** Adds the routes of notifications. */
export function addNotifications(api: Api, context: ApiContext): void {
  addTargets(api, context);
  addDeliveries(api, context);
}

function addDeliveries(api: Api, { store }: ApiContext): void {
  api.get(
    "/v1/notifications/failures",
    {
      config: { access: "admin" },
      schema: {
        tags,
        summary: "List notices that were not taken, the newest first",
        querystring: pageQuery("time", "text", "text", "text"),
        response: { 200: pageAnswer(FailedDelivery) },
      },
    },
    async ({ query }) => answeredPage(await store.deliveries.failed(pageRequest(query))),
  );
  api.post(
    "/v1/notifications/retry",
    {
      config: { access: "admin", isUnkeyed: true },
      schema: {
        tags,
        summary: "Try again to send a notice that was not taken",
        body: DeliveryKey,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await store.deliveries.retry(request.body, actorOf(request));
      return reply.code(204).send(null);
    },
  );
}

function addTargets(api: Api, { store }: ApiContext): void {
  api.get(
    "/v1/notifications",
    {
      config: { access: "admin" },
      schema: {
        tags,
        summary: "List who is notified of what",
        querystring: pageQuery("text"),
        response: { 200: pageAnswer(Notification) },
      },
    },
    async ({ query }) => answeredPage(await store.notifications.list(pageRequest(query))),
  );
  api.post(
    "/v1/notifications",
    {
      config: { access: "admin" },
      schema: {
        tags,
        summary: "Have somebody notified",
        description: "The target is stored encrypted, and never answered. By mail only where there is a mail server.",
        body: NewNotification,
        response: { 201: Notification },
      },
    },
    async (request, reply) => {
      if (request.body.target.kind === "email") requiredMail(mailSettings());
      return reply.code(201).send(await store.notifications.create(request.body, actorOf(request)));
    },
  );
  api.post(
    "/v1/notifications/:id/test",
    {
      config: { access: "admin", isUnkeyed: true },
      schema: {
        tags,
        summary: "Send a notice to see whether it arrives",
        params: IdParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const target = await store.notifications.targetOf(request.params.id);
      const about = { pipeline: null, run: null, at: new Date().toISOString() };
      await send({ event: "test", text: "This is a test of a notification.", ...about }, target, mailSettings());
      return reply.code(204).send(null);
    },
  );
  api.delete(
    "/v1/notifications/:id",
    {
      config: { access: "admin" },
      schema: { tags, summary: "Notify no more", params: IdParams, response: { 204: z.null() } },
    },
    async (request, reply) => {
      await store.notifications.remove(request.params.id, actorOf(request));
      return reply.code(204).send(null);
    },
  );
}
