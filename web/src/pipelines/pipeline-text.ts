import type { Schemas } from "../api/client.ts";

/** What of a pipeline can be changed. */
export type PipelineFields = Pick<Schemas["Pipeline"], "name" | "source_id" | "destination_id" | "settings">;

export function fieldsOf({ name, source_id, destination_id, settings }: PipelineFields): PipelineFields {
  return { name, source_id, destination_id, settings };
}

/** Yields what a change from one version makes of another one: of the settings only those that it changed. */
export function changesOnto(
  theirs: PipelineFields,
  { from, changed }: { from: PipelineFields; changed: Partial<PipelineFields> },
): Partial<PipelineFields> {
  if (changed.settings === undefined) return changed;
  const [before, mine, current]: Record<string, unknown>[] = [from.settings, changed.settings, theirs.settings];
  const names = new Set([before, mine, current].flatMap((settings) => Object.keys(settings ?? {})));
  const settings = [...names].flatMap((name) => {
    const isMine = JSON.stringify(before?.[name]) !== JSON.stringify(mine?.[name]);
    const value = (isMine ? mine : current)?.[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...changed, settings: Object.fromEntries(settings) };
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
