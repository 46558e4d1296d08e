import type { Schemas } from "../api/client.ts";

type Notification = Schemas["Notification"];
export type NoticeEvent = Notification["events"][number];
export type NoticeKind = Notification["kind"];

export const EVENT_WORDS: Record<NoticeEvent, string> = {
  failure: "The first failure after a success",
  recovery: "The first success after a failure",
  silence: "No success for long",
};

export const KIND_WORDS: Record<NoticeKind, string> = { webhook: "Webhook", slack: "Slack", email: "Mail" };
