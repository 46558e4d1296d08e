import { basename } from "node:path";
import { SluiceError, type Payload } from "@sluice/protocol";
import { SecretMask, environmentName, log } from "@sluice/protocol/stdio";
import { execa } from "execa";
import { askSpec } from "../executables/connectors.ts";
import { coerceConfig } from "../pipeline/coerce-config.ts";
import { connectorEnvironment } from "./environment.ts";
import { PrivateFiles } from "./private-files.ts";
import { secretPaths, secretsIn, textsIn } from "./secret-values.ts";
import type { Invocation, RunningSide, Side, SideEnd } from "./side.ts";
import { StderrRing } from "./stderr-ring.ts";

export type ConnectorProcessOptions = {
  /** The program and the arguments before the verb. */
  command: readonly [string, ...string[]];
  /**
   * As messages name it, and as it was chosen: of source-stripe the variables SOURCE_STRIPE_… are its own. Without it,
   * it is called what it calls itself, and has no variables of its own.
   */
  name?: string;
  /** What it has to be; anything when left out. */
  kind?: "source" | "destination";
  config: Record<string, unknown>;
  /** Names of variables to hand on besides those that every connector gets. */
  passEnv?: readonly string[];
  env?: NodeJS.ProcessEnv;
  /** Variables of the run, such as SLUICE_RUN_ID. */
  runEnv?: Record<string, string>;
  /** Gets what it says on stderr as it comes, masked. */
  onStderr?: (text: string) => void;
};

/** A connector that is a program: started in a process group of its own, configured by a file. */
export class ConnectorProcess implements Side {
  name: string;
  readonly #options: ConnectorProcessOptions;
  readonly #mask = new SecretMask();
  #spec: Promise<Payload<"spec">> | undefined;
  #config: Record<string, unknown>;

  constructor(options: ConnectorProcessOptions) {
    this.#options = options;
    this.#config = options.config;
    this.name = options.name ?? basename(options.command[0]).replace(/\.(js|mjs|ts|py)$/, "");
  }

  /** Resolves to its spec, asked for once; from then on the secrets of its configuration are masked. */
  spec(): Promise<Payload<"spec">> {
    this.#spec ??= this.#askSpec();
    return this.#spec;
  }

  /** Takes a configuration that the connector itself brought up to date. */
  configure(config: Record<string, unknown>): void {
    this.#config = config;
    if (this.#spec !== undefined) void this.#spec.then((spec) => this.#rememberSecrets(spec.config)).catch(() => {});
  }

  mask(text: string): string {
    return this.#mask.mask(text);
  }

  async start({ verb, flags = [], files = {} }: Invocation): Promise<RunningSide> {
    const spec = await this.spec();
    const folder = await PrivateFiles.create();
    try {
      const config = [
        "--config",
        await folder.write("config.json", JSON.stringify(coerceConfig(this.#config, spec.config))),
      ];
      const paths = await Promise.all(
        Object.entries(files).map(async ([flag, content]) => [
          flag,
          await folder.write(`${flag.slice(2)}.json`, content),
        ]),
      );
      return this.#spawn([...verb, ...config, ...flags, ...paths.flat()], folder);
    } catch (error) {
      await folder.remove();
      throw error;
    }
  }

  async #askSpec(): Promise<Payload<"spec">> {
    const [path, ...args] = this.#options.command;
    const answer = await askSpec({ name: this.name, path }, { args, env: this.#environment() });
    if ("problem" in answer) {
      const type = answer.isPassing === true ? "transient" : "config";
      throw new SluiceError(type, this.#unspecifiedMask().mask(answer.problem));
    }
    const { kind } = answer.spec.connector;
    if (this.#options.kind !== undefined && kind !== this.#options.kind)
      throw new SluiceError(
        "config",
        `${this.name} is a ${kind}, but stands as the ${this.#options.kind}; exchange the two, or name another one.`,
      );
    // what a command is called says less than what it calls itself
    this.name = this.#options.name ?? answer.spec.connector.name;
    this.#rememberSecrets(answer.spec.config);
    return answer.spec;
  }

  #rememberSecrets(schema: Record<string, unknown>): void {
    for (const { path, value } of secretsIn(schema, this.#config)) {
      if (!this.#mask.remember(value))
        log("warn", `The secret "${path}" of ${this.name} is too short to be masked in what is printed.`);
    }
    const environment = this.#environment();
    for (const path of secretPaths(schema)) {
      const value = environment[environmentName(this.name, path.split("."))];
      if (value === undefined) continue;
      this.#mask.remember(value);
      // a list or a map stands there as JSON
      for (const text of textsIn(parsed(value))) this.#mask.remember(text);
    }
  }

  /** Yields a mask for a program that did not say what is secret: then everything may be that it was given to itself. */
  #unspecifiedMask(): SecretMask {
    const mask = new SecretMask();
    const { env = process.env } = this.#options;
    const general = connectorEnvironment({ env });
    const given = Object.entries(this.#environment()).filter(([name]) => !Object.hasOwn(general, name));
    for (const text of [...textsIn(this.#config), ...given.map(([, value]) => value)]) mask.remember(text);
    return mask;
  }

  #environment(): Record<string, string> {
    const { env = process.env, name, passEnv = [], runEnv = {} } = this.#options;
    return connectorEnvironment({ env, connector: name, passed: passEnv, added: runEnv });
  }

  #spawn(args: readonly string[], folder: PrivateFiles): RunningSide {
    const [program, ...before] = this.#options.command;
    const child = execa(program, [...before, ...args], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
      buffer: false,
      reject: false,
      // a group of its own: Ctrl-C is for the runner, and a signal reaches its children too
      killDescendants: true,
      forceKillAfterDelay: false,
      // it would end this process on signals that the run handles itself
      cleanup: false,
      env: this.#environment(),
      extendEnv: false,
    });
    const ring = new StderrRing(child.stderr, this.#mask.stream(), this.#options.onStderr);
    const exited = Promise.withResolvers<SideEnd>();
    child.nodeChildProcess.once("exit", (exitCode, signal) =>
      exited.resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined, startFailure: undefined }),
    );
    void child.then(({ exitCode, signal, failed, shortMessage }) => {
      const startFailure = failed && exitCode === undefined && signal === undefined ? shortMessage : undefined;
      exited.resolve({ exitCode, signal, startFailure });
    });
    return {
      stdin: child.stdin,
      stdout: child.stdout,
      ended: exited.promise,
      kill: (signal) => void child.kill(signal),
      stderrTail: () => ring.tail(),
      releaseFiles: () => folder.remove(),
    };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // plain text, then
    return undefined;
  }
}
