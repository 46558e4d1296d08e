import { z } from "zod";
import { findToken } from "../access.ts";
import type { Api, ApiContext } from "../context.ts";
import { LogInTries } from "../log-in-tries.ts";
import { Refusal } from "../problem.ts";
import { Token } from "../schemas.ts";
import { assertSameSite, clearSession, setSession } from "../session-cookie.ts";

/** Adds how a browser logs in and out. */
export function addSession(api: Api, { store }: ApiContext): void {
  const tags = ["session"];
  const tries = new LogInTries(api);
  api.post(
    "/v1/session",
    {
      config: { access: "public", isUnkeyed: true },
      schema: {
        tags,
        operationId: "session.log-in",
        summary: "Log a browser in",
        description: "Keeps the token in a cookie that scripts cannot read. Ten failures a minute from an address.",
        body: z.strictObject({ token: z.string().max(200) }),
        response: { 200: Token },
      },
    },
    async (request, reply) => {
      if (request.headers["sec-fetch-site"] !== undefined || request.headers.origin !== undefined)
        assertSameSite(request);
      const token = await tries.try(request, reply, () => findToken(request.body.token, store));
      if (token === undefined) throw new Refusal(401, "There is no such token, or it has ended; ask an admin for one.");
      setSession(request, reply, request.body.token);
      return token;
    },
  );
  api.get(
    "/v1/session",
    {
      config: { access: "viewer" },
      schema: { tags, operationId: "session.get", summary: "Tell whose token this is", response: { 200: Token } },
    },
    async ({ token }) => {
      if (token === null) throw new Refusal(401, "Log in first.");
      return token;
    },
  );
  api.delete(
    "/v1/session",
    {
      config: { access: "viewer" },
      schema: { tags, operationId: "session.log-out", summary: "Log a browser out", response: { 204: z.null() } },
    },
    async (request, reply) => {
      clearSession(request, reply);
      return reply.code(204).send(null);
    },
  );
}
