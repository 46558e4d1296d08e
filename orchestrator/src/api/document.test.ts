import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { apiDocument } from "./document.ts";

const file = join(import.meta.dirname, "..", "..", "openapi.json");

test("openapi.json is what the routes say; `npm run generate` writes it", async () => {
  const published = await readFile(file, "utf8");
  expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(await apiDocument())));
});

test("the client's types are made from openapi.json as it is", async () => {
  const published = await readFile(file, "utf8");
  const types = await readFile(join(import.meta.dirname, "..", "client", "generated", "paths.ts"), "utf8");
  expect(types).toContain(createHash("sha256").update(published).digest("hex"));
});

test("every route of the API has a name of its own, which is its verb on the command line", async () => {
  const { paths } = JSON.parse(await readFile(file, "utf8")) as {
    paths: Record<string, Record<string, { operationId?: string }>>;
  };
  const names = Object.entries(paths).flatMap(([path, methods]) =>
    path.startsWith("/v1/") ? Object.values(methods).map(({ operationId }) => operationId ?? `none: ${path}`) : [],
  );
  expect(names.filter((name) => !/^[a-z]+\.[a-z-]+$/.test(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});
