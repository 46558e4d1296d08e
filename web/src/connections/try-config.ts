import { useMutation } from "@tanstack/react-query";
import { client } from "../api/client.ts";
import { namedFields } from "./named-fields.ts";

/** What a connector says of a configuration: whether it works, and what is wrong by field. */
export type Verdict = {
  status: "succeeded" | "failed";
  message: string;
  fields: { path: string; message: string }[];
};

type Line =
  | { type: "connection_status"; connection_status: Omit<Verdict, "fields"> & { fields?: Verdict["fields"] } }
  | { type: "error"; error: { message: string } }
  | { type: "summary"; summary: { exit_code: number } };

/** Yields what has a connector try a configuration that is stored nowhere. */
export function useTryConfig() {
  return useMutation({ mutationFn: tryConfig });
}

async function tryConfig({
  connector,
  config,
}: {
  connector: string;
  config: Record<string, unknown>;
}): Promise<Verdict> {
  const { data, error } = await client.POST("/v1/engine/check", { body: { connector, config }, parseAs: "text" });
  if (error !== undefined) throw error;
  const lines = String(data)
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as Line);
  const said = lines.find((line) => line.type === "connection_status")?.connection_status;
  if (said !== undefined) return { ...said, fields: said.fields ?? namedFields(said.message, { connector, config }) };
  const failure = lines.find((line) => line.type === "error");
  const message = failure?.error.message ?? `${connector} ended without an answer; look at the log of the server.`;
  return { status: "failed", message, fields: [] };
}
