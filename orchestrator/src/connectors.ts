import { SluiceError, type Payload } from "@sluice/protocol";
import {
  ConnectorProcess,
  askFound,
  connectorExecutables,
  findExecutable,
  type Executable,
  type SpecAnswer,
} from "@sluice/runner";
import { joinSecrets, type SplitConfig } from "./secrets/config-secrets.ts";

const REMEMBERED_MS = 60_000;
/** One that could not answer, although it may, is asked again soon. */
const RETRIED_MS = 5000;

type Asked = { until: number; answer: Promise<SpecAnswer> };

/** The connectors that this machine has, each asked for its spec once a minute at most, unless it could not answer. */
export class Connectors {
  readonly #folders: readonly string[] | undefined;
  readonly #asked = new Map<string, Asked>();

  /** Looks in these folders; where programs are looked for when they are left out. */
  constructor(folders?: readonly string[]) {
    this.#folders = folders;
  }

  async list(): Promise<Payload<"spec">[]> {
    const executables = await connectorExecutables(this.#folders);
    const answers = await Promise.all(executables.map((each) => this.#answerOf(each)));
    return answers.flatMap((answer) => ("spec" in answer ? [answer.spec] : []));
  }

  /** Throws `config` for one that is not here, and `transient` for one that could not answer, but may. */
  async spec(name: string): Promise<Payload<"spec">> {
    const executable = await findExecutable(name, this.#folders);
    const answer = executable === undefined ? undefined : await this.#answerOf(executable);
    if (answer !== undefined && "spec" in answer) return answer.spec;
    if (answer?.isPassing === true) throw new SluiceError("transient", `${answer.problem} Try again.`);
    const names = (await this.list()).map(({ connector }) => connector.name).join(", ");
    throw new SluiceError("config", `There is no connector "${name}" on this machine; there are: ${names || "none"}.`);
  }

  /** Resolves to a connector that is configured and ready to be asked. */
  async open({ connector, ...split }: SplitConfig & { connector: string }): Promise<ConnectorProcess> {
    const found = await findExecutable(connector);
    if (found === undefined) throw new SluiceError("config", `There is no connector "${connector}" on this machine.`);
    return new ConnectorProcess({ command: [found.path], name: connector, config: joinSecrets(split) });
  }

  /** What it said before counts until it answers again. Those who ask at the same time have it asked once. */
  #answerOf(executable: Executable): Promise<SpecAnswer> {
    const before = this.#asked.get(executable.path);
    if (before !== undefined && performance.now() < before.until) return before.answer;
    const asked: Asked = { until: Infinity, answer: this.#ask(executable, before) };
    this.#asked.set(executable.path, asked);
    return asked.answer;
  }

  async #ask(executable: Executable, before: Asked | undefined): Promise<SpecAnswer> {
    let remembered = 0;
    try {
      const answer = await askFound(executable);
      const isPassing = "problem" in answer && answer.isPassing === true;
      remembered = isPassing ? RETRIED_MS : REMEMBERED_MS;
      // when that failed altogether, this one says more
      return isPassing && before !== undefined ? await before.answer.catch(() => answer) : answer;
    } finally {
      const asked = this.#asked.get(executable.path);
      if (asked !== undefined) asked.until = performance.now() + remembered;
    }
  }
}
