import { expect, test } from "vitest";
import { Config } from "./config.ts";
import { tableOf } from "./table.ts";

test("a stream whose records are of several kinds has the properties of all, each with a type that holds every kind", () => {
  const bank = { id: { type: "string" }, amount: { type: "integer" }, routing: { type: "string" } };
  const card = { id: { type: "string" }, amount: { type: ["string", "null"] }, brand: { type: "string" } };
  const kinds = [bank, card].map((properties) => ({ type: "object", properties }));
  const table = tableOf(
    {
      stream: { name: "sources", primary_key: ["id"], json_schema: { anyOf: kinds } },
      sync_mode: "full_refresh",
      destination_mode: "merge",
    },
    Config.parse({ connection_string: "postgresql://localhost/x" }),
  );
  const types = [...table.keys, ...table.columns].map(({ name, type }) => [name, type.name]);
  expect(Object.fromEntries(types)).toEqual({ id: "text", amount: "jsonb", routing: "text", brand: "text" });
});
