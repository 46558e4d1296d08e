import { readFile } from "node:fs/promises";
import { SluiceError } from "@sluice/protocol";
import { printable, readStates, type StateLine } from "@sluice/protocol/stdio";
import type { Command } from "commander";
import diff from "microdiff";
import { openPipeline, openStore } from "../pipeline/open-pipeline.ts";
import type { StateStore } from "../state/state-store.ts";
import { stateLineOf } from "../state/state-lines.ts";
import { pipelineOf, pipelineVerb, type PipelineOptions } from "./pipeline-options.ts";

type StateOptions = PipelineOptions & { stream?: string; states?: string };
type Opened = { store: StateStore; id: string };

/** Adds `sluice state get|set|diff|history|clear`. */
export function addState(program: Command): void {
  const state = program
    .command("state")
    .description("read or change where a pipeline goes on")
    .helpOption("--help", "print this help");
  const verb = (name: string, description: string, work: (opened: Opened, options: StateOptions) => Promise<void>) =>
    pipelineVerb(state, `${name} [pipeline]`, description)
      .option("--stream <name>", "only of this stream")
      .action(async (id: string | undefined, options: StateOptions) => work(await openedStore(id, options), options));

  verb("get", 'print the newest state of each scope, as lines that "set" takes', async ({ store, id }, { stream }) =>
    print((await store.get(id)).filter((line) => isOf(line, stream))),
  );
  verb(
    "history",
    'print the states of the past, oldest first, as lines that "set" takes',
    async ({ store, id }, { stream }) => print((await store.history(id)).filter((line) => isOf(line, stream))),
  );
  verb("clear", "forget the states, so that everything is read again", async ({ store, id }, { stream }) => {
    const states = (await store.get(id)).map((line) => stateLineOf(line));
    const kept = stream === undefined ? [] : states.filter(({ state: each }) => each.stream !== stream);
    if (stream !== undefined && kept.length === states.length)
      throw new SluiceError("config", `There is no state of the stream "${stream}"; "sluice state get" prints all.`);
    await store.set(id, kept);
  });
  verb("set", "replace the states by those on stdin, or in a file", async ({ store, id }, options) => {
    const given = await givenStates(options.states ?? "-");
    if (given.size === 0)
      throw new SluiceError("config", 'No state was given; to forget all use "sluice state clear".');
    const wanted = [...given.values()].filter(
      ({ state: each }) => options.stream === undefined || each.stream === options.stream,
    );
    const kept =
      options.stream === undefined
        ? []
        : (await store.get(id))
            .map((line) => stateLineOf(line))
            .filter(({ state: each }) => each.stream !== options.stream);
    await store.set(id, [...kept, ...wanted]);
  }).option("--states <file>", "the file; stdin by default");
  verb(
    "diff",
    "print what differs between the stored states and those on stdin, or in a file",
    async ({ store, id }, options) => {
      const given = await givenStates(options.states ?? "-");
      const stored = new Map(
        (await store.get(id)).map((line) => stateLineOf(line)).map((each) => [each.state.stream ?? null, each]),
      );
      process.stdout.write(
        differences(stored, given, options.stream)
          .map((line) => `${printable(line)}\n`)
          .join(""),
      );
    },
  ).option("--states <file>", "the file; stdin by default");
}

async function openedStore(id: string | undefined, options: PipelineOptions): Promise<Opened> {
  const pipeline = pipelineOf(id, options);
  const { store } = await openStore(await openPipeline(pipeline));
  return { store, id: pipeline.id };
}

async function givenStates(file: string): Promise<ReadonlyMap<string | null, StateLine>> {
  if (file !== "-")
    await readFile(file).catch(() =>
      Promise.reject(new SluiceError("config", `${file} cannot be read; check the path.`)),
    );
  return readStates({ flag: "--states", value: file });
}

function differences(
  stored: ReadonlyMap<string | null, StateLine>,
  given: ReadonlyMap<string | null, StateLine>,
  stream: string | undefined,
): string[] {
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
