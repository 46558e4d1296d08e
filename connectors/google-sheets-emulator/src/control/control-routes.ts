import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { spreadsheetView } from "../document/view.ts";
import { type Service, bodyOf, parseBody } from "../http/app.ts";
import { findRoute } from "../http/sheets-api.ts";

/** Says what the emulator was asked to do and cannot. */
export class ControlError extends Error {
  override readonly name = "ControlError";
}

const FaultBody = z.strictObject({
  path: z.string().optional(),
  after_requests: z.int().min(0).optional(),
  times: z.int().min(1).optional(),
  when: z.enum(["before", "after"]).optional(),
  status: z.int().min(400).max(599).optional(),
  retry_after_seconds: z.int().min(0).optional(),
  reset: z.boolean().optional(),
  hang: z.boolean().optional(),
  expire_tokens: z.boolean().optional(),
});

const count = z.int().min(1).optional();
const LimitsBody = z.strictObject({
  reads_per_minute_per_user: count,
  writes_per_minute_per_user: count,
  reads_per_minute: count,
  writes_per_minute: count,
  cells: count,
  cell_characters: count,
  columns: count,
  tabs: count,
  payload_bytes: count,
  token_seconds: count,
});

const ClockBody = z.strictObject({ advance_ms: z.int().min(0) });
const ShareBody = z.strictObject({ user: z.string().min(1), role: z.enum(["reader", "writer"]) });

const SpreadsheetBody = z.strictObject({
  id: z.string().min(1).optional(),
  title: z.string().optional(),
  writers: z.array(z.string().min(1)).optional(),
});

/** Answers the paths under /_emulator, by which a test in any language looks, acts as a person, and breaks things. */
export function registerControlRoutes(app: FastifyInstance, service: Service): void {
  const { drive, faults, requests, limits, clock, tokens } = service;
  app.get<{ Params: { id: string } }>("/_emulator/spreadsheets/:id", (request) =>
    spreadsheetView(drive.readable(request.params.id, undefined), { includeGridData: true }),
  );
  app.post("/_emulator/spreadsheets", (request) => ({
    id: drive.createEmpty(parsed(SpreadsheetBody, parseBody(bodyOf(request)))),
  }));
  app.post<{ Params: { id: string } }>("/_emulator/spreadsheets/:id/share", (request) => {
    const { user, role } = parsed(ShareBody, parseBody(bodyOf(request)));
    drive.share(request.params.id, user, role);
    return { shared: true };
  });
  app.all("/_emulator/person/*", (request) => {
    const { pathname, searchParams: query } = new URL(request.url, "http://emulator");
    const path = pathname.slice("/_emulator/person".length);
    const body = parseBody(bodyOf(request));
    const route = findRoute({ method: request.method, path, query, body, user: undefined });
    if (route === undefined) throw new ControlError(`The emulator has no ${request.method} ${path}.`);
    return route.run(drive);
  });
  app.get("/_emulator/requests", () => ({ requests: requests.list() }));
  app.delete("/_emulator/requests", () => {
    requests.clear();
    return { deleted: true };
  });
  app.post("/_emulator/faults", (request) => {
    const { after_requests, retry_after_seconds, expire_tokens, ...rest } = parsed(
      FaultBody,
      parseBody(bodyOf(request)),
    );
    const renamed = {
      afterRequests: after_requests,
      retryAfterSeconds: retry_after_seconds,
      expireTokens: expire_tokens,
    };
    faults.add({ ...rest, ...renamed });
    return { added: true };
  });
  app.delete("/_emulator/faults", () => {
    faults.clear();
    return { deleted: true };
  });
  app.post("/_emulator/limits", (request) => {
    for (const [name, value] of Object.entries(parsed(LimitsBody, parseBody(bodyOf(request))))) {
      const key = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      if (value !== undefined) Object.assign(limits, { [key]: value });
    }
    return limits;
  });
  app.post("/_emulator/clock", (request) => {
    clock.advance(parsed(ClockBody, parseBody(bodyOf(request))).advance_ms);
    return { now_ms: clock.now() };
  });
  app.post("/_emulator/tokens/expire", () => {
    tokens.expireAll();
    return { expired: true };
  });
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path.join(".") ?? "";
  const place = field === "" ? "The body" : `"${field}"`;
  throw new ControlError(`${place} is not as it must be: ${issue?.message ?? "unknown"}; README.md shows the fields.`);
}
