import { scanMembers } from "./json-scan.ts";

const HEAD = Buffer.from('{"type":"record","record":{"stream":"');
const OP_UPSERT = Buffer.from('","op":"upsert"');
const OP_DELETE = Buffer.from('","op":"delete"');
const VERSION = Buffer.from(',"version":');
const EMITTED_AT = Buffer.from(',"emitted_at":"');
const DATA = Buffer.from(',"data":{');
const TAIL = Buffer.from("}}}");
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MAX_VERSION_DIGITS = 16;

/** A record as it came: `data` is a view of the line's own bytes, which are overwritten once the next lines are asked for. */
export type RecordLine = {
  kind: "record";
  stream: string;
  op: "upsert" | "delete";
  version: number | undefined;
  data: Buffer;
  lineNumber: number;
};

export type RecordHead = { stream: string; op?: "upsert" | "delete"; version?: number | undefined; emittedAt?: string };

/** Yields a canonical record line up to and including `"data":`; behind it belong an object and `}}` LF. */
export function recordLineHead({ stream, op = "upsert", version, emittedAt }: RecordHead): string {
  const versionPart = version === undefined ? "" : `,"version":${version}`;
  const emittedPart = emittedAt === undefined ? "" : `,"emitted_at":"${emittedAt}"`;
  return `{"type":"record","record":{"stream":${JSON.stringify(stream)},"op":"${op}"${versionPart}${emittedPart},"data":`;
}

/** What ends a canonical record line behind its data. */
export const RECORD_LINE_TAIL = "}}\n";

/**
 * Yields the parts of a canonical record line, or undefined when the line has any other form and needs a full parse.
 * The line is not parsed: a broken token inside `data` is for whoever parses the record.
 */
export function parseCanonicalRecord(line: Buffer, lineNumber: number): RecordLine | undefined {
  if (!startsWith(line, HEAD, 0) || !startsWith(line, TAIL, line.length - TAIL.length)) return undefined;
  const nameEnd = line.indexOf(QUOTE, HEAD.length);
  if (nameEnd <= HEAD.length) return undefined;
  const stream = line.toString("utf8", HEAD.length, nameEnd);
  if (stream.includes("\\")) return undefined;

  let op: RecordLine["op"] = "upsert";
  let at = nameEnd + 1;
  if (startsWith(line, OP_UPSERT, nameEnd)) {
    at = nameEnd + OP_UPSERT.length;
  } else if (startsWith(line, OP_DELETE, nameEnd)) {
    op = "delete";
    at = nameEnd + OP_DELETE.length;
  }
  let version: number | undefined;
  if (startsWith(line, VERSION, at)) {
    const start = at + VERSION.length;
    at = digitsEnd(line, start);
    version = Number(line.toString("latin1", start, at));
    const leadingZero = at - start > 1 && line[start] === 0x30;
    if (at === start || leadingZero || at - start > MAX_VERSION_DIGITS || !Number.isSafeInteger(version))
      return undefined;
  }
  if (startsWith(line, EMITTED_AT, at)) {
    const end = line.indexOf(QUOTE, at + EMITTED_AT.length);
    if (end === -1 || line.subarray(at, end).includes(BACKSLASH)) return undefined;
    at = end + 1;
  }
  if (!startsWith(line, DATA, at)) return undefined;
  const data = line.subarray(at + DATA.length - 1, line.length - 2);
  return { kind: "record", stream, op, version, data, lineNumber };
}

/** Yields the bytes of `record.data` of a record line of any form; undefined when they cannot be found. */
export function recordData(line: Buffer): Buffer | undefined {
  const record = scanMembers(line, ["record"])?.[0];
  return record === undefined ? undefined : scanMembers(record, ["data"])?.[0];
}

function startsWith(line: Buffer, part: Buffer, at: number): boolean {
  if (at < 0 || at + part.length > line.length) return false;
  // a call into the runtime costs more than the few bytes
  for (let i = 0; i < part.length; i += 1) if (line[at + i] !== part[i]) return false;
  return true;
}

function digitsEnd(line: Buffer, at: number): number {
  let end = at;
  for (; end < line.length; end += 1) {
    const byte = line[end] as number;
    if (byte < 0x30 || byte > 0x39) break;
  }
  return end;
}
