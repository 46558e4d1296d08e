import { environmentName } from "@sluice/protocol/stdio";
import { stringify } from "yaml";
import { joinSecrets } from "../secrets/config-secrets.ts";
import type { Connection } from "../store/connections.ts";
import type { StoredPipeline } from "../store/pipelines.ts";

/**
 * Yields a pipeline as the sluice.yaml that runs it without a server. Instead of each secret stands the variable of its
 * connector, such as `${SOURCE_STRIPE_API_KEY}`, which whoever runs it has to set.
 */
export function pipelineYaml(
  { id, name, settings }: StoredPipeline,
  { source, destination }: { source: Connection; destination: Connection },
): string {
  const pipeline = { source: sideOf(source), destination: sideOf(destination), ...settings };
  const title = name.replaceAll(/[\p{Cc}\u2028\u2029]/gu, " ");
  return `# ${title}\n${yamlOf({ [id]: pipeline })}`;
}

/** Yields a sluice.yaml with the pipelines, by their ids. */
export function yamlOf(pipelines: Record<string, unknown>): string {
  return stringify({ pipelines }, { lineWidth: 0 });
}

function sideOf({ connector, config, secrets_set: paths }: Connection) {
  const secrets = Object.fromEntries(
    paths.map((path) => [path, `\${${environmentName(connector, path.split("."))}}`] as const),
  );
  return { connector, config: joinSecrets({ config: escaped(config), secrets }) };
}

/** Yields the values with `${` escaped, which a sluice.yaml would take for a variable. */
export function escaped<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, each: unknown) =>
    typeof each === "string" ? each.replaceAll("${", () => "$${") : each,
  ) as T;
}
