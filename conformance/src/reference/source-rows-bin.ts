#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { join } from "node:path";

// Prints what source-reference has to offer: source-reference-rows FOLDER STREAM [PADDING_BYTES]
const [folder = ".", stream = "", padding = "0"] = process.argv.slice(2);
const lines = readFileSync(join(folder, `${stream}.ndjson`), "utf8").split("\n");
const newest = new Map<unknown, Record<string, unknown>>();
for (const line of lines) {
  if (line === "") continue;
  const item = JSON.parse(line) as Record<string, unknown>;
  newest.set(item["id"], item);
}
for (const item of newest.values()) {
  const padded = padding === "0" ? item : { ...item, text: "x".repeat(Number(padding)) };
  if (item["deleted"] !== true) process.stdout.write(`${JSON.stringify(padded)}\n`);
}
