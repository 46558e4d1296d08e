import { isUtf8 } from "node:buffer";
import type { z } from "zod";
import { SluiceError } from "../failure.ts";
import { isMessageType, messageSchemas, type Message, type MessageType } from "../message.ts";
import type { RawLine } from "./line-splitter.ts";
import { parseCanonicalRecord, recordData, type RecordLine } from "./record-line.ts";

/** A message that is not a record, with the line it came on. */
export type MessageLine = {
  kind: "message";
  message: Exclude<Message, { type: "record" }>;
  bytes: Buffer;
  lineNumber: number;
};
/** A message of a type that this version does not know: to be passed on as it is. */
export type ForeignLine = { kind: "foreign"; type: string; bytes: Buffer; lineNumber: number };
/** Anything else, such as a stray `console.log`. */
export type TextLine = { kind: "text"; bytes: Buffer; lineNumber: number };
export type Line = RecordLine | MessageLine | ForeignLine | TextLine;

/**
 * Yields what a line is; the canonical record form is recognised without a parse.
 * Throws `protocol`, naming line and byte, for whatever might be a message and cannot be read as one.
 */
export function parseLine(raw: RawLine): Line {
  const { bytes, lineNumber } = raw;
  if (!isUtf8(bytes)) throw broken(raw, "is not valid UTF-8");
  const record = parseCanonicalRecord(bytes, lineNumber);
  if (record !== undefined) return record;

  const parsed = parseJson(bytes);
  if (!isTyped(parsed)) {
    if (isObject(parsed) || looksLikeMessage(bytes)) throw broken(raw, "is not a message");
    return { kind: "text", bytes, lineNumber };
  }
  if (!isMessageType(parsed.type)) return { kind: "foreign", type: parsed.type, bytes, lineNumber };
  const message = validate(raw, parsed.type, parsed);
  if (message.type !== "record") return { kind: "message", message, bytes, lineNumber };

  const data = recordData(bytes);
  if (data === undefined) throw broken(raw, 'is a record whose "data" cannot be found');
  const { stream, op = "upsert", version } = message.record;
  return { kind: "record", stream, op, version, data, lineNumber };
}

function validate(raw: RawLine, type: MessageType, parsed: unknown): Message {
  const result = messageSchemas[type].safeParse(parsed);
  if (result.success) return result.data;
  // only the paths and what was expected: the values may be records
  const issue = (result.error as z.ZodError).issues[0];
  throw broken(raw, `is a ${type} message with a bad field: ${issue?.path.join(".")}: ${issue?.message}`);
}

function broken({ lineNumber, byteOffset }: RawLine, what: string): SluiceError {
  return new SluiceError(
    "protocol",
    `Line ${lineNumber} of the input ${what} (byte ${byteOffset}); the program before this one must be fixed.`,
  );
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    // decided by the caller: text, or a broken message
    return undefined;
  }
}

/** A cut or broken message, or several in an array: never to be taken for stray text. */
function looksLikeMessage(bytes: Buffer): boolean {
  return /^\s*\{\s*"|"type"\s*:/.test(bytes.toString("latin1"));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTyped(value: unknown): value is { type: string } {
  return isObject(value) && "type" in value && typeof value.type === "string";
}
