import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { SluiceError, errorCode } from "@sluice/protocol";
import { LineCounter, isMap, isNode, parseDocument, type Document } from "yaml";
import type { z } from "zod";
import { interpolate, type InterpolateOptions } from "./interpolate.ts";
import { PipelineFile, type Pipeline } from "./pipeline-file.ts";

const NAMES = ["sluice.yaml", "sluice.yml"];
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** A pipeline by its id, and the folder that its relative paths start from. */
export type LoadedPipeline = Pipeline & { id: string; folder: string };

/** Resolves to the path of the pipeline file: the one that is named, or that of this folder or the nearest above it. */
export function findPipelineFile(named: string | undefined, cwd: string = process.cwd()): string {
  if (named !== undefined) return resolve(cwd, named);
  for (let folder = cwd; ; folder = dirname(folder)) {
    const found = NAMES.map((name) => join(folder, name)).find((path) => existsSync(path));
    if (found !== undefined) return found;
    if (dirname(folder) === folder)
      throw new SluiceError(
        "config",
        `There is no sluice.yaml in ${cwd} or above; make one with "sluice init", or name one with --file.`,
      );
  }
}

/**
 * Yields the pipelines of a file, or those with the given ids, with the environment and files filled in where they are
 * used: a variable that another pipeline wants may be missing. Throws `config` that names line and field.
 */
export function loadPipelines(
  file: string,
  { ids = [], env = process.env }: { ids?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): LoadedPipeline[] {
  const folder = dirname(file);
  return parsePipelines(textOf(file), { file, ids, env, folder }).map((pipeline) => ({ ...pipeline, folder }));
}

/**
 * Yields the same of a text, which failures call `file`. Without a folder nothing but `env` is filled in: for texts of
 * others, who must not be given what is in the files here.
 */
export function parsePipelines(
  text: string,
  { file, ids, ...surroundings }: { file: string; ids: readonly string[] } & InterpolateOptions,
): (Pipeline & { id: string })[] {
  const lines = new LineCounter();
  const document = parse(text, { file, lines });
  const raw: unknown = document.toJS();
  if (!isMap(document.contents))
    throw new SluiceError("config", `${file} must be a mapping with "pipelines"; "sluice init" writes one.`);
  const all = pipelinesIn(raw);
  const unknown = ids.find((id) => !Object.hasOwn(all, id));
  if (unknown !== undefined)
    throw new SluiceError(
      "config",
      `${file} has no pipeline "${unknown}"; it has ${Object.keys(all).join(", ") || "none"}.`,
    );
  const wanted = ids.length === 0 ? Object.keys(all) : ids;
  const filled = Object.fromEntries(wanted.map((id) => [id, interpolate(all[id], surroundings, ["pipelines", id])]));
  const result = PipelineFile.safeParse({ ...Object(raw), pipelines: filled });
  if (!result.success) {
    const problems = result.error.issues.map((issue) => {
      const path = issue.path.map(String);
      return `${placeOf(document, { path, lines, file })}: ${path.join(".")}: ${messageOf(issue)}`;
    });
    throw new SluiceError("config", `${problems.join(". ")}.`);
  }
  return Object.entries(result.data.pipelines).map(([id, pipeline]) => ({ ...pipeline, id }));
}

/** Yields the ids of a file's pipelines; nothing is filled in. */
export function pipelineIds(file: string): string[] {
  return Object.keys(pipelinesIn(parse(textOf(file), { file, lines: new LineCounter() }).toJS()));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = errorCode(error) ?? "unknown error";
    throw new SluiceError("config", `${file} cannot be read (${code}); check the path and its permissions.`);
  }
}

function parse(text: string, { file, lines }: { file: string; lines: LineCounter }): Document {
  if (text.length > MAX_FILE_BYTES)
    throw new SluiceError("config", `${file} is larger than ${MAX_FILE_BYTES} bytes; is it the right one?`);
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error === undefined) return document;
  // the parser's own message may quote the line, and with it a secret
  throw new SluiceError("config", `${file}:${lines.linePos(error.pos[0]).line}: this is not YAML (${error.code}).`);
}

function pipelinesIn(raw: unknown): Record<string, unknown> {
  const pipelines: unknown = Object(raw ?? {})["pipelines"];
  return typeof pipelines === "object" && pipelines !== null && !Array.isArray(pipelines) ? { ...pipelines } : {};
}

/** What is wrong with a name is told by the rule for names. */
function messageOf(issue: z.core.$ZodIssue): string {
  return issue.code === "invalid_key" ? (issue.issues[0]?.message ?? issue.message) : issue.message;
}

type Place = { path: readonly string[]; lines: LineCounter; file: string };

/** The line of the field, or of the nearest thing around it that is there. */
function placeOf(document: Document, { path, lines, file }: Place): string {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return `${file}:${lines.linePos(node.range[0]).line}`;
  }
  return `${file}:1`;
}
