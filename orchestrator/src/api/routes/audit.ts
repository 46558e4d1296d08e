import { auditEntries } from "../../store/audit-log.ts";
import type { Api, ApiContext } from "../context.ts";
import { answeredPage, pageAnswer, pageQuery, pageRequest } from "../pages.ts";
import { AuditEntry } from "../schemas.ts";

/** Adds the routes of the audit log. */
export function addAudit(api: Api, { store }: ApiContext): void {
  api.get(
    "/v1/audit",
    {
      config: { access: "admin" },
      schema: {
        tags: ["audit"],
        summary: "Read who changed what, the newest first",
        querystring: pageQuery("number"),
        response: { 200: pageAnswer(AuditEntry) },
      },
    },
    async ({ query }) => answeredPage(await auditEntries(store.database.pool, pageRequest(query))),
  );
}
