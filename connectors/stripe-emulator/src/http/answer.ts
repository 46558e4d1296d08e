import type { FastifyReply } from "fastify";
import { indentedJson } from "../stripe-object.ts";
import type { RenderedText } from "../store/rendered-text.ts";
import type { Page } from "./list-page.ts";

const LIST_HEAD = Buffer.from('{\n  "object": "list",\n  "data": [\n');
const EMPTY_LIST_HEAD = Buffer.from('{\n  "object": "list",\n  "data": [');
const BETWEEN = Buffer.from(",\n");

/** Sends a value as the API does: indented JSON with a line end. */
export function sendJson(reply: FastifyReply, status: number, value: unknown): FastifyReply {
  return reply
    .code(status)
    .header("content-type", "application/json")
    .send(Buffer.from(`${indentedJson(value)}\n`));
}

/** Sends a page of a list, put together from texts that are kept. */
export function sendPage(
  reply: FastifyReply,
  { entries, hasMore }: Page,
  { url, texts }: { url: string; texts: RenderedText },
) {
  const parts: Uint8Array[] = [entries.length === 0 ? EMPTY_LIST_HEAD : LIST_HEAD];
  for (const [at, entry] of entries.entries()) {
    if (at > 0) parts.push(BETWEEN);
    parts.push(texts.of(entry));
  }
  const close = entries.length === 0 ? "" : "\n  ";
  parts.push(Buffer.from(`${close}],\n  "has_more": ${hasMore},\n  "url": ${JSON.stringify(url)}\n}\n`));
  return reply.code(200).header("content-type", "application/json").send(Buffer.concat(parts));
}
