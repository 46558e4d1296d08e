import { SluiceError, type Payload } from "@sluice/protocol";
import { ConnectorProcess, findExecutable, listConnectors } from "@sluice/runner";
import { joinSecrets, type SplitConfig } from "./secrets/config-secrets.ts";

const REMEMBERED_MS = 60_000;

/** The connectors that this machine has, each asked for its spec once a minute at most. */
export class Connectors {
  #specs: { at: number; found: Promise<Payload<"spec">[]> } | undefined;

  async list(): Promise<Payload<"spec">[]> {
    if (this.#specs === undefined || performance.now() - this.#specs.at > REMEMBERED_MS) {
      const found = listConnectors().then((all) => all.flatMap((each) => ("spec" in each ? [each.spec] : [])));
      this.#specs = { at: performance.now(), found };
    }
    return this.#specs.found;
  }

  /** Throws `config` for one that is not here. */
  async spec(name: string): Promise<Payload<"spec">> {
    const all = await this.list();
    const found = all.find(({ connector }) => connector.name === name);
    if (found !== undefined) return found;
    const names = all.map(({ connector }) => connector.name).join(", ");
    throw new SluiceError("config", `There is no connector "${name}" on this machine; there are: ${names || "none"}.`);
  }

  /** Resolves to a connector that is configured and ready to be asked. */
  async open({ connector, ...split }: SplitConfig & { connector: string }): Promise<ConnectorProcess> {
    const found = await findExecutable(connector);
    if (found === undefined) throw new SluiceError("config", `There is no connector "${connector}" on this machine.`);
    return new ConnectorProcess({ command: [found.path], name: connector, config: joinSecrets(split) });
  }
}
