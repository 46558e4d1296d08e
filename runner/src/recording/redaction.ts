import { createHmac, randomBytes } from "node:crypto";
import { Digits, parseDigits, stringifyDigits } from "../json/digits.ts";

const ISO_TIME = /^\d{4}-\d\d-\d\d([T ][\d:.]+(Z|[+-]\d\d:?\d\d)?)?$/;
/** Members of a message that hold words for people, or a configuration. */
const DROPPED = ["log", "error", "control", "connection_status", "rejected"];

/**
 * Makes recordings safe to hand on: in records and states each text keeps its length and the kind of each character, and
 * equal texts stay equal, so that keys still join; numbers keep their digits' places. Names of fields and streams,
 * times, true, false and null stay. What it makes of a text cannot be told without the key, which is thrown away.
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
    const { type } = message;
    const payload = Object.getOwnPropertyDescriptor(message, String(type))?.value as unknown;
    if (type === "record" || type === "state") {
      const redacted = { ...Object(payload), data: this.#value(Object(payload)["data"]) };
      return { type, [type]: redacted };
    }
    if (typeof type === "string" && DROPPED.includes(type))
      return { type: "log", log: { level: "info", message: `A message of the type ${type} was left out.` } };
    return message;
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
    return text.replaceAll(/[a-z]|[A-Z]|[0-9]|[^\x00-\x7f]/gu, (character) => {
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
