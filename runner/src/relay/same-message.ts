import { isDeepStrictEqual } from "node:util";

/** What a destination adds to what it echoes. */
const ADDED = ["epoch", "committed"];

/** A number by its digits, because 1.10 and 9007199254740993 are not what JavaScript makes of them. */
class NumberToken {
  readonly digits: string;

  constructor(digits: string) {
    this.digits = digits;
  }
}

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
  const parsed: unknown = JSON.parse(line.toString(), keepDigits);
  const payload: unknown = Object(parsed)[type];
  return typeof payload === "object" && payload !== null ? { ...payload } : {};
}

function keepDigits(_: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === "number" ? new NumberToken(context?.source ?? String(value)) : value;
}
