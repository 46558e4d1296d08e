import type { Schemas } from "../api/client.ts";

/** What of a pipeline can be changed. */
export type PipelineFields = Pick<Schemas["Pipeline"], "name" | "source_id" | "destination_id" | "settings">;

export function fieldsOf({ name, source_id, destination_id, settings }: PipelineFields): PipelineFields {
  return { name, source_id, destination_id, settings };
}

/** Yields a pipeline as text to be compared, with its connections by their names. */
export function pipelineText(fields: PipelineFields, connectionNames: ReadonlyMap<string, string>): string {
  const { name, source_id: from, destination_id: to, settings } = fields;
  const shown = {
    name,
    source: connectionNames.get(from) ?? from,
    destination: connectionNames.get(to) ?? to,
    ...settings,
  };
  return JSON.stringify(shown, null, 2);
}
