import { isDeepStrictEqual } from "node:util";
import { parseDigits } from "../json/digits.ts";

/** What a destination adds to what it echoes. */
const ADDED = ["epoch", "committed"];

/**
 * Tells whether an echoed line says what was sent, but for what the commit adds to the payload. White space, escapes and
 * the order of members may differ, the digits of numbers may not.
 */
export function isSameButForCommit(sent: Buffer, echoed: Buffer, type: string): boolean {
  return isDeepStrictEqual(without(payloadOf(echoed, type)), without(payloadOf(sent, type)));
}

function without(payload: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(payload).filter(([name]) => !ADDED.includes(name)));
}

function payloadOf(line: Buffer, type: string): Record<string, unknown> {
  const parsed: unknown = parseDigits(line.toString());
  const payload: unknown = Object(parsed)[type];
  return typeof payload === "object" && payload !== null ? { ...payload } : {};
}
