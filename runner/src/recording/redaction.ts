import { createHmac, randomBytes } from "node:crypto";
import { isMessageType, type MessageType } from "@sluice/protocol";
import { Digits, parseDigits, stringifyDigits } from "../json/digits.ts";

const ISO_TIME = /^\d{4}-\d\d-\d\d([T ][\d:.]+(Z|[+-]\d\d:?\d\d)?)?$/;
/** What stays of a message as it is; everything else in it is replaced, and a message of another type is left out. */
const KEPT: Partial<Record<MessageType, readonly string[]>> = {
  record: ["stream", "op", "version"],
  state: ["seq", "scope", "stream", "generation_id", "records", "epoch", "committed", "inputs_through"],
  stream_status: [
    ...["stream", "status", "failure_type", "generation_id", "records", "sweep_version", "epoch", "committed"],
  ],
  catalog: ["resumed_from"],
};
/** What stays of a stream in a catalog, configured or not; its schema is told below. */
const KEPT_OF_STREAM = [
  ...["name", "primary_key", "cursor_field", "namespace", "supports", "parent"],
  ...["sync_mode", "destination_mode", "fields", "limit", "generation_id"],
];
/** What stays of a JSON Schema: what a destination makes its columns of. */
const KEPT_OF_SCHEMA = ["$ref", "$schema", "type", "format", "required"];
const SCHEMAS_BY_NAME = ["properties", "patternProperties", "$defs", "definitions"];
const SCHEMAS = [
  "items",
  "prefixItems",
  "additionalProperties",
  "anyOf",
  "oneOf",
  "allOf",
  "not",
  "if",
  "then",
  "else",
];

/**
 * Makes recordings safe to hand on: what is not known to tell nothing is replaced. Each text keeps its length and the
 * kind of each character, and equal texts stay equal, so that keys still join; numbers keep their digits' places. Names
 * of fields and streams, times, true, false and null stay. What it makes of a text cannot be told without the key,
 * which is thrown away.
 */
export class Redaction {
  readonly #key = randomBytes(32);

  /** Yields a line, without LF, with its values replaced. */
  line(bytes: Buffer): Buffer {
    const text = bytes.toString();
    let message: unknown;
    try {
      message = parseDigits(text);
    } catch {
      // what is broken stays broken, without what it says
      return Buffer.from(text.replaceAll(/[\p{L}\p{N}]/gu, "x"));
    }
    return Buffer.from(stringifyDigits(this.#message(message)));
  }

  #message(message: unknown): unknown {
    if (typeof message !== "object" || message === null || !("type" in message)) return this.#value(message);
    const type = typeof message.type === "string" && isMessageType(message.type) ? message.type : undefined;
    const kept = type === undefined ? undefined : KEPT[type];
    if (type === undefined || kept === undefined) {
      const what = type === undefined ? "an unknown type" : `the type ${type}`;
      return { type: "log", log: { level: "info", message: `A message of ${what} was left out.` } };
    }
    const payload = Object.getOwnPropertyDescriptor(message, type)?.value as unknown;
    if (type !== "catalog") return { type, [type]: this.#members(payload, kept) };
    return { type, catalog: this.#members(payload, kept, { streams: (streams) => this.#streams(streams) }) };
  }

  #streams(streams: unknown): unknown {
    if (!Array.isArray(streams)) return this.#value(streams);
    const stream = (each: unknown): unknown =>
      this.#members(each, KEPT_OF_STREAM, { stream, json_schema: (schema) => this.#schema(schema) });
    return streams.map(stream);
  }

  #schema(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map((each) => this.#schema(each));
    const byName = (schemas: unknown) =>
      Object.fromEntries(Object.entries(Object(schemas)).map(([name, each]) => [name, this.#schema(each)]));
    return this.#members(schema, KEPT_OF_SCHEMA, {
      ...Object.fromEntries(SCHEMAS_BY_NAME.map((keyword) => [keyword, byName])),
      ...Object.fromEntries(SCHEMAS.map((keyword) => [keyword, (each: unknown) => this.#schema(each)])),
    });
  }

  /** Yields an object of which some members stay, some are redacted in a way of their own, and the rest as values are. */
  #members(
    value: unknown,
    kept: readonly string[],
    ways: Readonly<Record<string, (member: unknown) => unknown>> = {},
  ): unknown {
    if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Digits)
      return this.#value(value);
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => {
        if (kept.includes(name)) return [name, member];
        const way = Object.hasOwn(ways, name) ? ways[name] : undefined;
        return [name, way === undefined ? this.#value(member) : way(member)];
      }),
    );
  }

  #value(value: unknown): unknown {
    if (typeof value === "string") return ISO_TIME.test(value) ? value : this.#text(value);
    if (value instanceof Digits) return new Digits(this.#number(value.text));
    if (Array.isArray(value)) return value.map((each) => this.#value(each));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, this.#value(each)]));
  }

  #text(text: string): string {
    const random = this.#stream(text);
    return text.replaceAll(/[a-z]|[A-Z]|[0-9]|\P{ASCII}/gu, (character) => {
      const byte = random();
      if (/[a-z]/.test(character)) return String.fromCharCode(0x61 + (byte % 26));
      if (/[A-Z]/.test(character)) return String.fromCharCode(0x41 + (byte % 26));
      return /[0-9]/.test(character) ? String(byte % 10) : "x";
    });
  }

  #number(text: string): string {
    const random = this.#stream(text);
    const [mantissa = "", exponent = ""] = text.split(/(?=[eE])/);
    // a leading zero would be no JSON, and 0 says nothing of anybody
    return mantissa.replaceAll(/[1-9]/g, () => String(1 + (random() % 9))) + exponent;
  }

  /** Yields bytes that follow from the text and the key. */
  #stream(text: string): () => number {
    let block = Buffer.alloc(0);
    let used = 0;
    let count = 0;
    return () => {
      if (used === block.length) {
        block = createHmac("sha256", this.#key).update(`${count}\0${text}`).digest();
        used = 0;
        count += 1;
      }
      used += 1;
      return block[used - 1] ?? 0;
    };
  }
}
