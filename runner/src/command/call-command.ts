import { existsSync, fstatSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ExitCode, SluiceError } from "@sluice/protocol";
import { LineSplitter, Output, PeerGone } from "@sluice/protocol/stdio";
import type { Command } from "commander";

/** Adds `sluice call`. */
export function addCall(program: Command): void {
  program
    .command("call <module> <export> [arguments...]")
    .description(
      "call an exported function of a module with these arguments, and print what it yields as lines of JSON",
    )
    .helpOption("--help", "print this help")
    .allowUnknownOption()
    .addHelpText(
      "after",
      `
Each argument is JSON, or else text. "--name value" pairs become one object, the last argument.
Lines of JSON on stdin, from a pipe or a file, become the first argument: an async iterable.`,
    )
    .action((module: string, name: string, words: string[]) => call(module, name, words));
}

async function call(module: string, name: string, words: readonly string[]): Promise<void> {
  const exports = await load(module);
  const found: unknown = exports[name];
  if (typeof found !== "function")
    throw new SluiceError("config", `${module} exports no function "${name}"; it exports ${functionsIn(exports)}.`, {
      exitCode: ExitCode.usage,
    });
  const { positional, named } = parseWords(words);
  const input = isInputGiven() ? [readJson(process.stdin)] : [];
  const args = [...input, ...positional, ...(Object.keys(named).length === 0 ? [] : [named])];
  const output = new Output(process.stdout);
  try {
    const result: unknown = await (found as (...args: unknown[]) => unknown)(...args);
    if (isIterable(result)) for await (const item of result) await print(output, item);
    else if (result !== undefined) await print(output, result);
    await output.flush();
  } catch (error) {
    throw error instanceof SluiceError || error instanceof PeerGone ? error : functionFailure(module, name, error);
  } finally {
    // what the function did not read must not keep this process
    if (input.length > 0) process.stdin.destroy();
  }
}

/** A terminal, /dev/null and a stdin that is closed, as of cron or CI, give nothing. */
function isInputGiven(): boolean {
  try {
    const stdin = fstatSync(0);
    return stdin.isFIFO() || stdin.isSocket() || stdin.isFile();
  } catch {
    // closed
    return false;
  }
}

/** A function that fails is its author's matter, who wants to see where. */
function functionFailure(module: string, name: string, error: unknown): SluiceError {
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new SluiceError("system", `"${name}" of ${module} failed: ${told}`, { cause: error });
}

async function load(module: string): Promise<Record<string, unknown>> {
  const isPath = module.startsWith(".") || module.startsWith("/") || existsSync(resolve(module));
  try {
    const target = isPath
      ? pathToFileURL(resolve(module)).href
      : pathToFileURL(createRequire(resolve("package.json")).resolve(module)).href;
    return (await import(target)) as Record<string, unknown>;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SluiceError("config", `The module ${module} cannot be loaded: ${reason.split("\n")[0]}.`, {
      cause: error,
    });
  }
}

function functionsIn(exports: Record<string, unknown>): string {
  const names = Object.keys(exports).filter((name) => typeof exports[name] === "function");
  return names.length === 0 ? "none" : names.join(", ");
}

function parseWords(words: readonly string[]): { positional: unknown[]; named: Record<string, unknown> } {
  const positional: unknown[] = [];
  const named: Record<string, unknown> = {};
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (!word.startsWith("--")) {
      positional.push(parseWord(word));
      continue;
    }
    const [name = "", inline] = word.slice(2).split(/=(.*)/s);
    const next = words[index + 1];
    const hasNext = inline === undefined && next !== undefined && !next.startsWith("--");
    if (hasNext) index += 1;
    named[camelCase(name)] = inline !== undefined ? parseWord(inline) : hasNext ? parseWord(next) : true;
  }
  return { positional, named };
}

function parseWord(word: string): unknown {
  try {
    return JSON.parse(word);
  } catch {
    // text that need not be quoted twice
    return word;
  }
}

function camelCase(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

async function* readJson(stdin: NodeJS.ReadStream): AsyncGenerator<unknown> {
  const splitter = new LineSplitter();
  const parse = ({ bytes, lineNumber }: { bytes: Buffer; lineNumber: number }): unknown => {
    try {
      return JSON.parse(bytes.toString());
    } catch {
      throw new SluiceError("config", `Line ${lineNumber} of stdin is not JSON.`);
    }
  };
  for await (const chunk of stdin as AsyncIterable<Buffer>) for (const line of splitter.push(chunk)) yield parse(line);
  const last = splitter.end();
  if (last !== undefined) yield parse(last);
}

function isIterable(value: unknown): value is AsyncIterable<unknown> | Iterable<unknown> {
  return typeof value === "object" && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value);
}

async function print(output: Output, value: unknown): Promise<void> {
  await output.write(`${JSON.stringify(value) ?? "null"}\n`);
}
