import type { ConfiguredStream } from "../catalog.ts";
import { SluiceError } from "../failure.ts";
import { selectedFields } from "./configured-catalog.ts";
import { pickMembers } from "./json-scan.ts";
import { parseCanonicalRecord } from "./record-line.ts";

const LF = 0x0a;
const TAIL = Buffer.from("}}\n");

/** Holds a stream to what its configuration asks for: only the selected fields, and no more records than its limit. */
export class RecordFilter {
  readonly limit: number;
  readonly #fields: ReadonlySet<string> | undefined;

  constructor(configured: ConfiguredStream) {
    this.limit = configured.limit ?? Infinity;
    this.#fields = selectedFields(configured);
  }

  /** Yields a record's data with its selected fields. */
  object(data: Record<string, unknown>): Record<string, unknown> {
    const fields = this.#fields;
    if (fields === undefined) return data;
    return Object.fromEntries(Object.entries(data).filter(([name]) => fields.has(name)));
  }

  /** Yields as many of the record lines as the limit leaves behind `sent`, each with its selected fields. */
  lines(output: { count: number; bytes: Buffer }, sent: number): { count: number; lines: Buffer } {
    const count = Math.min(output.count, this.limit - sent);
    const bytes = count === output.count ? output.bytes : firstLines(output.bytes, count);
    return { count, lines: this.#fields === undefined ? bytes : this.#pick(bytes, this.#fields) };
  }

  #pick(bytes: Buffer, fields: ReadonlySet<string>): Buffer {
    const parts: Buffer[] = [];
    for (let start = 0, number = 1; start < bytes.length; number += 1) {
      const end = bytes.indexOf(LF, start);
      const line = bytes.subarray(start, end);
      const record = parseCanonicalRecord(line, number);
      const picked = record === undefined ? undefined : pickMembers(record.data, fields);
      if (record === undefined || picked === undefined)
        throw new SluiceError("protocol", "The source gave a line that is no canonical record; it must be fixed.");
      parts.push(line.subarray(0, record.data.byteOffset - line.byteOffset), picked, TAIL);
      start = end + 1;
    }
    return Buffer.concat(parts);
  }
}

function firstLines(bytes: Buffer, count: number): Buffer {
  let end = 0;
  for (let line = 0; line < count; line += 1) end = bytes.indexOf(LF, end) + 1;
  return bytes.subarray(0, end);
}
