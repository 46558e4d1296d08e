import { z } from "zod";
import { auditEntries } from "../../store/audit-log.ts";
import type { Api, ApiContext } from "../context.ts";
import { AuditEntries, Page } from "../schemas.ts";

/** Adds the routes of the audit log. */
export function addAudit(api: Api, { store }: ApiContext): void {
  api.get(
    "/v1/audit",
    {
      config: { access: "admin" },
      schema: {
        tags: ["audit"],
        summary: "Read who changed what, the newest first",
        querystring: Page.extend({
          before: z
            .string()
            .regex(/^\d{1,18}$/)
            .optional(),
        }),
        response: { 200: AuditEntries },
      },
    },
    async ({ query: { before, limit } }) => {
      const entries = await auditEntries(store.database.pool, { before, limit });
      return { entries, next_before: entries.length < limit ? null : (entries.at(-1)?.number ?? null) };
    },
  );
}
