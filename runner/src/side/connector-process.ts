import { basename } from "node:path";
import { SluiceError, type Payload } from "@sluice/protocol";
import { SecretMask, log } from "@sluice/protocol/stdio";
import { execa } from "execa";
import { askSpec } from "../executables/connectors.ts";
import { coerceConfig } from "../pipeline/coerce-config.ts";
import { connectorEnvironment } from "./environment.ts";
import { PrivateFiles } from "./private-files.ts";
import { secretsIn } from "./secret-values.ts";
import type { Invocation, RunningSide, Side, SideEnd } from "./side.ts";
import { StderrRing } from "./stderr-ring.ts";

export type ConnectorProcessOptions = {
  /** The program and the arguments before the verb. */
  command: readonly [string, ...string[]];
  /** As messages and variables name it; by default the program's file name. */
  name?: string;
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
  readonly name: string;
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
    const answer = await askSpec({ name: this.name, path }, args, this.#environment());
    if ("problem" in answer) throw new SluiceError("config", answer.problem);
    this.#rememberSecrets(answer.spec.config);
    return answer.spec;
  }

  #rememberSecrets(schema: Record<string, unknown>): void {
    for (const { path, value } of secretsIn(schema, this.#config)) {
      if (!this.#mask.remember(value))
        log("warn", `The secret "${path}" of ${this.name} is too short to be masked in what is printed.`);
    }
    const prefix = this.name.replaceAll(/[^A-Za-z0-9]/g, "_").toUpperCase();
    for (const { path } of secretsIn(schema)) {
      const value = this.#environment()[`${prefix}_${path.replaceAll(".", "_").toUpperCase()}`];
      if (value !== undefined) this.#mask.remember(value);
    }
  }

  #environment(): Record<string, string> {
    const { env = process.env, passEnv = [], runEnv = {} } = this.#options;
    return connectorEnvironment(this.name, { env, passed: passEnv, added: runEnv });
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
