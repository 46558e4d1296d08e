import { readFile } from "node:fs/promises";
import { SluiceError } from "@sluice/protocol";
import { printable, readStates, type StateLine } from "@sluice/protocol/stdio";
import type { Command } from "commander";
import diff from "microdiff";
import type { LoadedPipeline } from "../pipeline/load-pipelines.ts";
import { openPipeline, openStore } from "../pipeline/open-pipeline.ts";
import type { StateStore } from "../state/state-store.ts";
import { stateLineOf } from "../state/state-lines.ts";
import { pipelineOf, pipelineVerb, type PipelineOptions } from "./pipeline-options.ts";
import { stopOnSignals } from "./stop-signals.ts";

type StateOptions = PipelineOptions & { stream?: string; states?: string };
type Opened = { store: StateStore; id: string };
type States = ReadonlyMap<string | null, StateLine>;
type Asked = { given: States; stream: string | undefined };

/** Adds `sluice state get|set|diff|history|clear`. */
export function addState(program: Command): void {
  const state = program
    .command("state")
    .description("read or change where a pipeline goes on")
    .helpOption("--help", "print this help");
  const command = (name: string, description: string) =>
    pipelineVerb(state, `${name} [pipeline]`, description).option("--stream <name>", "only of this stream");
  const verb = (
    name: string,
    description: string,
    work: (opened: Opened, stream: string | undefined) => Promise<void>,
  ) =>
    command(name, description).action((id: string | undefined, options: StateOptions) =>
      withStore(pipelineOf(id, options), (opened) => work(opened, options.stream)),
    );
  const verbOfStates = (name: string, description: string, work: (opened: Opened, asked: Asked) => Promise<void>) =>
    command(name, description)
      .option("--states <file>", "the file; stdin by default")
      .action(async (id: string | undefined, { states = "-", ...options }: StateOptions) => {
        const pipeline = pipelineOf(id, options);
        // before signals are heard: one ends whoever waits for stdin
        const given = await givenStates(states);
        await withStore(pipeline, (opened) => work(opened, { given, stream: options.stream }));
      });

  verb("get", 'print the newest state of each scope, as lines that "set" takes', async ({ store, id }, stream) =>
    print((await store.get(id)).filter((line) => isOf(line, stream))),
  );
  verb(
    "history",
    'print the states of the past, oldest first, as lines that "set" takes',
    async ({ store, id }, stream) => print((await store.history(id)).filter((line) => isOf(line, stream))),
  );
  verb("clear", "forget the states, so that everything is read again", async ({ store, id }, stream) => {
    const states = (await store.get(id)).map((line) => stateLineOf(line));
    const kept = stream === undefined ? [] : states.filter(({ state: each }) => each.stream !== stream);
    if (stream !== undefined && kept.length === states.length)
      throw new SluiceError("config", `There is no state of the stream "${stream}"; "sluice state get" prints all.`);
    await store.set(id, kept);
  });
  verbOfStates(
    "set",
    "replace the states by those on stdin, or in a file",
    async ({ store, id }, { given, stream }) => {
      if (given.size === 0)
        throw new SluiceError("config", 'No state was given; to forget all use "sluice state clear".');
      const wanted = [...given.values()].filter(({ state: each }) => stream === undefined || each.stream === stream);
      if (wanted.length === 0)
        throw new SluiceError(
          "config",
          `There is no state of the stream "${stream}" in what was given; to forget it use "sluice state clear --stream".`,
        );
      const kept =
        stream === undefined
          ? []
          : (await store.get(id)).map((line) => stateLineOf(line)).filter(({ state: each }) => each.stream !== stream);
      await store.set(id, [...kept, ...wanted]);
    },
  );
  verbOfStates(
    "diff",
    "print what differs between the stored states and those on stdin, or in a file",
    async ({ store, id }, { given, stream }) => {
      const stored = new Map(
        (await store.get(id)).map((line) => stateLineOf(line)).map((each) => [each.state.stream ?? null, each]),
      );
      process.stdout.write(
        differences(stored, given, stream)
          .map((line) => `${printable(line)}\n`)
          .join(""),
      );
    },
  );
}

async function withStore(pipeline: LoadedPipeline, work: (opened: Opened) => Promise<void>): Promise<void> {
  using stop = stopOnSignals();
  const { store } = await openStore(await openPipeline(pipeline), { signal: stop.signal });
  await work({ store, id: pipeline.id });
}

async function givenStates(file: string): Promise<States> {
  if (file !== "-")
    await readFile(file).catch(() =>
      Promise.reject(new SluiceError("config", `${file} cannot be read; check the path.`)),
    );
  return readStates({ flag: "--states", value: file });
}

function differences(stored: States, given: States, stream: string | undefined): string[] {
  const scopes = [...new Set([...stored.keys(), ...given.keys()])].filter(
    (scope) => stream === undefined || scope === stream,
  );
  return scopes.flatMap((scope) => {
    const name = scope ?? "(all streams)";
    const [one, other] = [stored.get(scope), given.get(scope)];
    if (one === undefined) return [`${name}: only in what was given`];
    if (other === undefined) return [`${name}: only stored`];
    return diff({ data: one.state.data }, { data: other.state.data }).map((change) => {
      const path = `${name}: ${change.path.join(".")}`;
      if (change.type === "CREATE") return `${path}: only given: ${JSON.stringify(change.value)}`;
      if (change.type === "REMOVE") return `${path}: only stored: ${JSON.stringify(change.oldValue)}`;
      return `${path}: stored ${JSON.stringify(change.oldValue)}, given ${JSON.stringify(change.value)}`;
    });
  });
}

function isOf(line: string, stream: string | undefined): boolean {
  return stream === undefined || stateLineOf(line).state.stream === stream;
}

function print(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
}
