import type { FailureType } from "@sluice/protocol";
import { SluiceError, errorCode } from "@sluice/protocol";
import { log } from "@sluice/protocol/stdio";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { isAway } from "../store/is-away.ts";
import { StoreConflict } from "../store/store-conflict.ts";

/** An answer that tells of a failure: RFC 9457, with Sluice's failure type as `code` and the request's id. */
export const Problem = z
  .object({
    type: z.literal("about:blank"),
    title: z.string().describe("What kind of failure this is, in a few words."),
    status: z.int(),
    detail: z.string().describe("What failed, on what, and what to do."),
    code: z
      .string()
      .describe("A failure type of docs/errors.md, or not_found, changed, exists, in_use, unauthorized, forbidden."),
    request_id: z.string(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe("What is wrong with the request, field by field."),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof Problem>;

const STATUS: Record<FailureType, number> = {
  config: 422,
  auth: 422,
  permission: 422,
  rate_limit: 503,
  transient: 503,
  data: 422,
  protocol: 502,
  system: 500,
};
const RETRY_AFTER_MS = 5000;
const CONFLICT = { not_found: 404, changed: 412, exists: 409, in_use: 409 } as const;
/** What somebody else did between a look and the change, by the SQLSTATE of the rule that kept it from becoming two truths. */
const CONFLICTS: Record<string, [code: string, detail: string]> = {
  "23505": ["exists", "There is one of that name by now; choose another name."],
  "23503": ["in_use", "What this is joined to was made or deleted meanwhile; load it again."],
};
const REFUSED = { 401: "unauthorized", 403: "forbidden", 429: "rate_limit" } as const;
const TITLES: Record<number, string> = {
  400: "The request is malformed",
  401: "A token is needed",
  403: "This token may not do that",
  404: "Not found",
  409: "In conflict with what is there",
  412: "Changed meanwhile",
  413: "The request is too large",
  415: "This kind of content is not understood",
  422: "It cannot be done as it is asked for",
  429: "Too many requests",
  500: "Unexpected failure",
  502: "A connector failed",
  503: "Not available for now",
};

/** A request that is refused for who makes it. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: 401 | 403 | 429;

  constructor(status: Refusal["status"], message: string) {
    super(message);
    this.status = status;
  }
}

/** Answers a failure as a problem. What nobody foresaw is logged with its stack, and answered without; what passes is a line. */
export function answerProblem(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error, request.id);
  if (problem.status >= 500) {
    const what = `${request.method} ${request.routeOptions.url ?? "of no route"}`;
    const [level, told] =
      problem.status === 503 ? (["warn", error.message] as const) : (["error", error.stack] as const);
    log(level, `${what} failed: ${told ?? error.message}`, { request_id: request.id });
  }
  if (problem.status === 503) void reply.header("Retry-After", retryAfterS(error));
  if (problem.status === 401) void reply.header("WWW-Authenticate", 'Bearer realm="sluice"');
  sendProblem(reply, problem);
}

/** Seconds, in whole numbers (RFC 9110, 10.2.3); nobody knows how long a database is away, and asking costs little. */
function retryAfterS(error: Error): number {
  const { retryAfterMs = RETRY_AFTER_MS } = error instanceof SluiceError ? error : {};
  return Math.ceil(retryAfterMs / 1000);
}

/** Answers that there is no such route. */
export function answerNotFound(request: FastifyRequest, reply: FastifyReply): void {
  const detail = `There is no ${request.method} ${request.url.split("?")[0] ?? ""}.`;
  sendProblem(reply, problemWith(request.id, { status: 404, code: "not_found", detail }));
}

function sendProblem(reply: FastifyReply, problem: Problem): void {
  void reply.code(problem.status).type("application/problem+json").send(JSON.stringify(problem));
}

function problemWith(
  requestId: string,
  { status, code, detail }: Pick<Problem, "status" | "code" | "detail">,
): Problem {
  return { type: "about:blank", title: TITLES[status] ?? "Failure", status, detail, code, request_id: requestId };
}

function problemOf(error: FastifyError | Error, requestId: string): Problem {
  const problem = (status: number, code: string, detail: string) => problemWith(requestId, { status, code, detail });
  if (error instanceof Refusal) return problem(error.status, REFUSED[error.status], error.message);
  if (error instanceof StoreConflict) return problem(CONFLICT[error.reason], error.reason, error.message);
  if (error instanceof SluiceError) return problem(STATUS[error.code], error.code, error.message);
  if ("validation" in error && error.validation !== undefined)
    return { ...problem(400, "config", "Correct what is told by field."), errors: fieldErrors(error) };
  const status = "statusCode" in error ? (error.statusCode ?? 500) : 500;
  if (status < 500) return problem(status, "config", error.message);
  const conflict = CONFLICTS[errorCode(error) ?? ""];
  if (conflict !== undefined) return problem(409, ...conflict);
  if (isUnstorable(error))
    return problem(400, "config", "The request holds a character that cannot be stored, such as U+0000; leave it out.");
  if (isAway(error)) return problem(503, "transient", "The database of Sluice cannot be used for now; try again.");
  return problem(500, "system", "This is a defect of Sluice; report it with the request's id.");
}

function fieldErrors({ validation = [], validationContext = "body" }: FastifyError): NonNullable<Problem["errors"]> {
  return validation.map(({ instancePath, message = "is not valid" }) => ({
    path: [validationContext, ...instancePath.split("/").filter((part) => part !== "")].join("."),
    message,
  }));
}

/** SQLSTATE class 22: a text or a number that Postgres has no place for. */
function isUnstorable(error: Error): boolean {
  return "code" in error && /^22...$/.test(String(error.code));
}
