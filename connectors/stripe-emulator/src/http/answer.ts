import type { FastifyReply } from "fastify";
import { indentedJson } from "../stripe-object.ts";

/** Sends a value as the API does: indented JSON with a line end. */
export function sendJson(reply: FastifyReply, status: number, value: unknown): FastifyReply {
  return sendBytes(reply, status, Buffer.from(`${indentedJson(value)}\n`));
}

/** Sends JSON that is text already. */
export function sendBytes(reply: FastifyReply, status: number, json: Buffer): FastifyReply {
  return reply.code(status).header("content-type", "application/json").send(json);
}
