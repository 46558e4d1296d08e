import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Keyring, parseKey } from "./keyring.ts";

const key = () => randomBytes(32);

test("what is sealed opens to the same text, and never looks the same twice", () => {
  const keyring = new Keyring([key()]);
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const [one, other] = [keyring.seal(text, "a"), keyring.seal(text, "a")];
      expect(keyring.open(one, "a")).toBe(Buffer.from(text).toString());
      expect(one.equals(other)).toBe(false);
    }),
  );
});

test("an envelope opens for its owner only, and not when any byte of it was changed", () => {
  const keyring = new Keyring([key()]);
  const envelope = keyring.seal("geheim", "connection 1");
  expect(() => keyring.open(envelope, "connection 2")).toThrow("changed or moved");
  for (let index = 0; index < envelope.length; index += 1) {
    const changed = Buffer.from(envelope);
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect(() => keyring.open(changed, "connection 1")).toThrow(/changed or moved|which is not given/);
  }
});

test("an older key opens what it sealed, and a lost one is named by its id, not by itself", () => {
  const [old, current] = [key(), key()];
  const envelope = new Keyring([old]).seal("geheim", "a");
  const rotated = new Keyring([current, old]);
  expect(rotated.open(envelope, "a")).toBe("geheim");
  expect(envelope.includes(rotated.newestId)).toBe(false);
  expect(rotated.seal("geheim", "a").indexOf(rotated.newestId)).toBe(1);
  expect(() => new Keyring([current]).open(envelope, "a")).toThrow("SLUICE_OLD_SECRET_KEYS");
});

test("a key is 32 bytes in base64 or hexadecimal, and anything else is refused without being repeated", () => {
  const bytes = key();
  expect(parseKey(`${bytes.toString("base64")}\n`, "K").equals(bytes)).toBe(true);
  expect(parseKey(bytes.toString("hex"), "K").equals(bytes)).toBe(true);
  for (const text of ["", "geheim", bytes.subarray(1).toString("base64")]) {
    expect(() => parseKey(text, "SLUICE_SECRET_KEY")).toThrow(/^SLUICE_SECRET_KEY is no key: it must be 32 bytes/);
  }
});
