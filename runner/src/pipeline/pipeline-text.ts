import type { Payload } from "@sluice/protocol";
import { environmentName, escapeControls, printable } from "@sluice/protocol/stdio";
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
  ${oneLine(id)}:
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
    const comment = commentLines(field.description).map((line) => `        # ${line}`);
    const key = oneLine(name);
    if (needed.includes(name)) return [...comment, `        ${key}: \${${environmentName(connector.name, [name])}}`];
    return [...comment, `        # ${key}: ${field.default === undefined ? "…" : oneLine(field.default)}`];
  });
  const body = fields.length === 0 ? ["      config: {}"] : ["      config:", ...fields];
  return [`      connector: ${oneLine(connector.name)}`, ...body].join("\n");
}

/** What a connector says of a field stays a comment, whatever it says. */
function commentLines(description: unknown): string[] {
  if (typeof description !== "string") return [];
  return description.split(/\r\n|[\n\r\u0085\u2028\u2029]/).map((line) => printable(line).trimEnd());
}

/** Yields a value in one line of YAML: as a person would write it, or else as JSON, which is YAML, too. */
function oneLine(value: unknown): string {
  const text = stringify(value, { collectionStyle: "flow", lineWidth: 0 }).replace(/\n$/, "");
  return printable(text) === text ? text : escapeControls(JSON.stringify(value));
}
