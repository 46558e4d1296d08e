import { z } from "zod";
import type { Fault } from "../http/faults.ts";
import { ERROR_NAMES } from "../http/named-error.ts";

const place = z.union([z.literal(true), z.enum(["before_headers", "mid_body"])]);

/** A fault as the control path takes it; see Fault. */
export const FaultBody = z.strictObject({
  path: z.string().startsWith("/").optional(),
  method: z.string().min(1).optional(),
  account: z.string().min(1).optional(),
  parameter: z.string().min(1).optional(),
  after_requests: z.int().min(0).optional(),
  times: z.int().min(1).optional(),
  delay_ms: z.int().min(0).max(600_000).optional(),
  hang: place.optional(),
  reset: place.optional(),
  error: z.enum(ERROR_NAMES).optional(),
  status: z.int().min(200).max(599).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.json().optional(),
  garble: z.enum(["cut", "html", "empty"]).optional(),
  page: z.enum(["empty", "empty_with_more"]).optional(),
  removes: z.literal("cursor").optional(),
});

/** Yields the fault of a body. */
export function faultOf({ after_requests, delay_ms, reset, hang, ...rest }: z.infer<typeof FaultBody>): Fault {
  return { ...rest, afterRequests: after_requests, delayMs: delay_ms, reset: placeOf(reset), hang: placeOf(hang) };
}

function placeOf(value: z.infer<typeof place> | undefined): Fault["reset"] {
  return value === true ? "before_headers" : value;
}
