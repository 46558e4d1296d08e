import { z } from "zod";
import { actorOf } from "../access.ts";
import type { Api, ApiContext } from "../context.ts";
import { answeredPage, pageAnswer, pageQuery, pageRequest } from "../pages.ts";
import { IdParams, NewToken, Token } from "../schemas.ts";

/** Adds the routes of tokens. */
export function addTokens(api: Api, { store }: ApiContext): void {
  const tags = ["tokens"];
  api.get(
    "/v1/tokens",
    {
      config: { access: "admin" },
      schema: {
        tags,
        summary: "List tokens",
        querystring: pageQuery("text", "text"),
        response: { 200: pageAnswer(Token) },
      },
    },
    async ({ query }) => answeredPage(await store.tokens.list(pageRequest(query))),
  );
  api.post(
    "/v1/tokens",
    {
      config: { access: "admin" },
      schema: {
        tags,
        summary: "Make a token",
        description: "Its text is answered once, here; only a hash of it is stored.",
        body: NewToken,
        response: { 201: z.object({ token: Token, text: z.string() }) },
      },
    },
    async (request, reply) => {
      const { name, role, expires_at: expires } = request.body;
      const expiresAt = expires === undefined ? null : new Date(expires);
      return reply.code(201).send(await store.tokens.create({ name, role, expiresAt }, actorOf(request)));
    },
  );
  api.delete(
    "/v1/tokens/:id",
    {
      config: { access: "admin" },
      schema: { tags, summary: "Revoke a token", params: IdParams, response: { 200: Token } },
    },
    (request) => store.tokens.revoke(request.params.id, actorOf(request)),
  );
}
