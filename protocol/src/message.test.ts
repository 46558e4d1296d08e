import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isMessageType, messageSchemas, messagesJsonSchema } from "./message.ts";

const published = join(import.meta.dirname, "..", "messages.schema.json");

test("messages.schema.json is what the schemas say; `npm run generate` writes it", async () => {
  expect(JSON.parse(await readFile(published, "utf8"))).toEqual(messagesJsonSchema());
});

test("every property on the wire is snake_case", () => {
  const names = propertiesOf(messagesJsonSchema());
  expect(names.length).toBeGreaterThan(50);
  expect(names.filter((name) => !/^[a-z]+(_[a-z]+)*$/.test(name))).toEqual([]);
});

test("every message stands in an envelope of its type, and unknown fields may be added", () => {
  for (const [type, schema] of Object.entries(messageSchemas)) {
    expect(isMessageType(type)).toBe(true);
    expect(schema.safeParse({ type }).success).toBe(false);
    expect(schema.safeParse({ type: "other", [type]: {} }).success).toBe(false);
  }
  const log = { type: "log", log: { level: "info", message: "x", more: 1 }, more: 2 };
  expect(messageSchemas.log.parse(log)).toEqual(log);
  expect(isMessageType("toString")).toBe(false);
});

function propertiesOf(node: unknown): string[] {
  if (typeof node !== "object" || node === null) return [];
  const own = "properties" in node && typeof node.properties === "object" ? Object.keys(node.properties ?? {}) : [];
  return [...own, ...Object.values(node).flatMap(propertiesOf)];
}
