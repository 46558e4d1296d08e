import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ConnectorProcess, type Ended, type StartOptions } from "../processes/connector-process.ts";
import type { Feed } from "./feed.ts";
import { filledIn } from "./plan.ts";
import { SentSchemas } from "./sent-schemas.ts";
import { Problem } from "./problem.ts";
import type { Subject } from "./subject.ts";

const MAX_ROWS_BYTES = 512 * 1024 * 1024;
const execute = promisify(execFile);

export type RunOptions = {
  input?: string | Buffer | undefined;
  env?: Record<string, string>;
  /** Another configuration file than the place's own. */
  config?: string;
  /** What stands before the connector's command. */
  before?: readonly string[];
} & Pick<StartOptions, "reads" | "drainsStderr">;

type Config = Record<string, unknown>;
/** Changes a configuration in which everything is filled in. */
export type Redirect = (config: Readonly<Config>) => Promise<Config>;

/** Somewhere fresh for a connector to work: a folder and a configuration of its own. */
export class Place {
  readonly folder: string;
  readonly id: string;
  readonly config: Readonly<Config>;
  readonly configFile: string;
  readonly #subject: Subject;
  readonly #schemas = new SentSchemas();
  #files = 0;

  private constructor(subject: Subject, place: { folder: string; id: string; config: Config }) {
    this.#subject = subject;
    this.folder = place.folder;
    this.id = place.id;
    this.config = place.config;
    this.configFile = join(place.folder, "config.json");
  }

  /** Makes a place, with these fields over the plan's configuration, and prepares it. */
  static async make(subject: Subject, overrides: Config = {}, redirect?: Redirect): Promise<Place> {
    const id = `kit_${randomBytes(4).toString("hex")}`;
    const folder = join(subject.scratch, id);
    await mkdir(join(folder, "tmp"), { recursive: true, mode: 0o700 });
    const filled = filledIn({ ...subject.plan.config, ...overrides }, { folder, id }) as Config;
    const config = redirect === undefined ? filled : await redirect(filled);
    const place = new Place(subject, { folder, id, config });
    await writeFile(place.configFile, JSON.stringify(config), { mode: 0o600 });
    if (subject.plan.prepare !== undefined) await place.shell(subject.plan.prepare);
    return place;
  }

  /** Writes a file for the connector under a name of its own, and resolves to its path. */
  async file(name: string, content: string): Promise<string> {
    this.#files += 1;
    const path = join(this.folder, `${this.#files}-${name}`);
    await writeFile(path, content, { mode: 0o600 });
    return path;
  }

  /** Starts the connector with a verb and its options. */
  start(args: readonly string[], options: RunOptions = {}): Promise<ConnectorProcess> {
    const { env = {}, config = this.configFile, reads, drainsStderr, before = [] } = options;
    const { command, plan } = this.#subject;
    const [verb = ""] = args;
    const configured = [...command, ...args, ...(verb === "spec" ? [] : ["--config", config])];
    return ConnectorProcess.start([...before, ...configured], {
      env: { ...this.#environment(), ...env },
      purpose: args.slice(0, 2).join(" "),
      deadlineMs: plan.deadline_ms,
      ...(reads === undefined ? {} : { reads }),
      ...(drainsStderr === undefined ? {} : { drainsStderr }),
      ...(verb === "write" ? { sent: this.#schemas.listener() } : {}),
    });
  }

  /** Runs the connector to its end. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    await using running = await this.start(args, options);
    if (options.input !== undefined) await running.write(options.input);
    running.endStdin();
    return await running.ended();
  }

  /** Starts `write`, under the pipeline of this place where the destination keeps checkpoints. */
  async writer(args: readonly string[] = [], options: RunOptions = {}): Promise<ConnectorProcess> {
    const { transactional_checkpoints: isKept } = await this.#subject.capabilities();
    return this.start(["write", ...(isKept === true ? ["--pipeline", this.id] : []), ...args], options);
  }

  /** Runs `write` to its end with what a feed has. */
  async write(feed: Feed, args: readonly string[] = [], options: RunOptions = {}): Promise<Ended> {
    await using running = await this.writer(args, options);
    await running.write(feed.text);
    running.endStdin();
    return await running.ended();
  }

  /** Resolves to the rows of a stream as the plan's command prints them, each as the kit compares them. */
  async rows(stream: string): Promise<string[]> {
    const { rows } = this.#subject.plan;
    if (rows === undefined) {
      throw new Problem('The kit cannot look behind the connector; give --rows COMMAND, or "rows" in the plan.');
    }
    const schema = this.#schemas.of(stream);
    const env = schema === undefined ? {} : { SCHEMA: await this.file("schema.json", JSON.stringify(schema)) };
    const printed = await this.shell(rows, { STREAM: stream, ...env });
    const lines = printed.split("\n").filter((line) => line.trim() !== "");
    return lines.map((line) => this.#subject.comparable(line));
  }

  /** Resolves to what a shell command of the plan prints. */
  async shell(command: string, env: Record<string, string> = {}): Promise<string> {
    try {
      const { stdout } = await execute("/bin/sh", ["-c", command], {
        cwd: this.#subject.planFolder,
        env: { ...this.#environment(), PLACE: this.folder, ID: this.id, CONFIG: this.configFile, ...env },
        maxBuffer: MAX_ROWS_BYTES,
        timeout: this.#subject.plan.deadline_ms,
      });
      return stdout;
    } catch (error) {
      const { code, stderr, killed } = error as { code?: unknown; stderr?: string; killed?: boolean };
      const said = (stderr ?? "").slice(0, 300);
      const seconds = this.#subject.plan.deadline_ms / 1000;
      const how = killed === true ? `did not end within ${seconds} s` : `failed (${String(code)})`;
      throw new Problem(`The plan's command ${JSON.stringify(command)} ${how}: ${said}`);
    }
  }

  #environment(): NodeJS.ProcessEnv {
    return { ...this.#subject.environment, TMPDIR: join(this.folder, "tmp") };
  }
}
