import type { Payload } from "@sluice/protocol";
import { environmentName } from "@sluice/protocol/stdio";
import { stringify } from "yaml";

type Field = {
  description?: string;
  default?: unknown;
  secret?: boolean;
  type?: string;
  properties?: Record<string, Field>;
};

/** Yields the text of a commented sluice.yaml for a source and a destination, as their specs describe them. */
export function pipelineText(source: Payload<"spec">, destination: Payload<"spec">): string {
  const id = [source, destination]
    .map(({ connector }) => connector.name.replace(/^(source|destination)-/, ""))
    .join("-to-");
  return `# yaml-language-server: $schema=./node_modules/@sluice/runner/sluice.schema.json
# \${NAME} is taken from the environment, \${NAME:-otherwise} too, and \${file:path} from a file.
pipelines:
  ${id}:
    source:
${connectorText(source)}
    destination:
${connectorText(destination)}
    # Streams to move; all when left out. * stands for any part of a name.
    # streams:
    #   - customers
    #   - name: invoices
    #     fields: [id, customer, total]

    # Where states are kept: destination (with the rows), file, or {postgres: {connection_string: …}}.
    # state: destination
`;
}

function connectorText({ connector, config }: Payload<"spec">): string {
  const { properties = {}, required } = config as { properties?: Record<string, Field>; required?: string[] };
  // of a choice between fields the first is shown as the one to fill in
  const needed =
    required ??
    Object.keys(properties)
      .slice(0, 1)
      .filter((name) => properties[name]?.default === undefined);
  const fields = Object.entries(properties).flatMap(([name, field]) => {
    const comment = field.description === undefined ? [] : [`        # ${field.description}`];
    if (needed.includes(name)) return [...comment, `        ${name}: \${${environmentName(connector.name, [name])}}`];
    return [...comment, `        # ${name}: ${exampleOf(field)}`];
  });
  const body = fields.length === 0 ? ["      config: {}"] : ["      config:", ...fields];
  return [`      connector: ${connector.name}`, ...body].join("\n");
}

function exampleOf(field: Field): string {
  if (field.default === undefined) return "…";
  return stringify(field.default, { collectionStyle: "flow" }).trim();
}
