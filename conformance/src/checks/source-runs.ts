import type { Message, Payload, Stream } from "@sluice/protocol";
import { canonicalJson } from "../exact/canonical.ts";
import type { Trial } from "../kit/check.ts";
import type { Place } from "../kit/place.ts";
import { Problem } from "../kit/problem.ts";
import type { Subject } from "../kit/subject.ts";
import type { Ended } from "../processes/connector-process.ts";
import { payloads, records, type OutputLine } from "../processes/output-line.ts";

/** Resolves to what `discover` printed. */
export function discoverRun(subject: Subject): Promise<Ended> {
  return subject.once("discover", async () => (await subject.sharedPlace()).run(["discover"]));
}

/** Resolves to the streams that the source offers; throws a Problem where there are none. */
export async function streamsOf(subject: Subject): Promise<Stream[]> {
  const { lines, code, stderr } = await discoverRun(subject);
  const [catalog] = payloads(lines, "catalog");
  if (catalog === undefined)
    throw new Problem(`"discover" printed no catalog (exit code ${code}): ${stderr.slice(-300)}`);
  const wanted = subject.plan.streams;
  return (catalog.streams as Stream[]).filter(({ name }) => wanted === undefined || wanted.includes(name));
}

/** Resolves to how a read of all tested streams went, shared by the checks that only look at it. */
export function fullRead(subject: Subject): Promise<Ended> {
  return subject.once("read", async () => read(subject, await subject.sharedPlace()));
}

/** Runs a read of all tested streams, from these states on. */
export async function read(subject: Subject, place: Place, states?: readonly OutputLine[]): Promise<Ended> {
  return place.run(["read", ...(await readOptions(subject, place, states))]);
}

/** Resolves to the options of a read of all tested streams, from these states on. */
export async function readOptions(subject: Subject, place: Place, states?: readonly OutputLine[]): Promise<string[]> {
  const catalog = await catalogFile(subject, place);
  if (states === undefined) return ["--catalog", catalog];
  const text = states.map((line) => `${line.text}\n`).join("");
  const path = await place.file("states.ndjson", text);
  return ["--catalog", catalog, "--state", path];
}

/** Resolves to the path of a file with the streams that are tested, as `discover` printed them. */
export async function catalogFile(subject: Subject, place: Place, streams?: readonly Stream[]): Promise<string> {
  const chosen = streams ?? (await streamsOf(subject));
  const message: Message = { type: "catalog", catalog: { streams: [...chosen] } };
  return place.file("catalog.json", JSON.stringify(message));
}

/** A record by what it is about: its stream, its key or else all of it, and its content. */
export type Fact = { stream: string; key: string; op: string; version: number; content: string };

/** Yields what the records in these lines say. */
export function facts(lines: readonly OutputLine[], streams: readonly Stream[]): Fact[] {
  const keys = new Map(streams.map(({ name, primary_key: key }) => [name, key ?? []]));
  return records(lines).map(({ stream, op, version = 0, data }) => {
    const content = canonicalJson(data.toString());
    return { stream, key: keyOf(data, keys.get(stream) ?? []) ?? content, op, version, content };
  });
}

/** Yields the rows that these facts leave, by stream and key: the newest of each key, and none where that is a delete. */
export function folded(found: readonly Fact[]): Map<string, string> {
  const newest = new Map<string, Fact>();
  for (const fact of found) {
    const id = `${fact.stream} ${fact.key}`;
    const known = newest.get(id);
    if (known === undefined || fact.version >= known.version) newest.set(id, fact);
  }
  const alive = [...newest].filter(([, { op }]) => op !== "delete");
  return new Map(alive.map(([id, { content }]) => [id, content]));
}

/** Yields how two sets of rows differ, in a sentence; undefined when they do not. */
export function difference(
  found: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string>,
): string | undefined {
  const missing = [...wanted.keys()].filter((id) => !found.has(id));
  const surplus = [...found.keys()].filter((id) => !wanted.has(id));
  const changed = [...wanted].filter(([id, content]) => found.has(id) && found.get(id) !== content).map(([id]) => id);
  const told = [
    ...(missing.length > 0 ? [`${missing.length} are missing, such as ${shortened(missing[0])}`] : []),
    ...(surplus.length > 0 ? [`${surplus.length} are too many, such as ${shortened(surplus[0])}`] : []),
    ...(changed.length > 0 ? [`${changed.length} have another content, such as ${shortened(changed[0])}`] : []),
  ];
  return told.length === 0 ? undefined : `of ${wanted.size} rows ${told.join("; ")}`;
}

function shortened(text = ""): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

function keyOf(data: Buffer, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const row: unknown = JSON.parse(data.toString());
  return JSON.stringify(names.map((name): unknown => Object(row)[name]));
}

/** Tells whether a process ended by an error that it did not expect. */
export function hasCrashed({ stderr }: Pick<Ended, "stderr">): boolean {
  return /Unexpected failure|Traceback|\n {4}at /.test(stderr);
}

/** Yields the last words of a process on stderr. */
export function lastWords({ stderr }: Pick<Ended, "stderr">): string {
  return stderr.trim().split("\n").at(-1)?.slice(0, 200) ?? "";
}

/** The terminal statuses among these lines. */
export function endings(lines: readonly OutputLine[]): Payload<"stream_status">[] {
  return payloads(lines, "stream_status").filter(({ status }) => status !== "started" && status !== "running");
}

/** Tells where a read ended otherwise than it should. */
export function expectExit({ problem }: Trial, ended: Ended, { code, what }: { code: number; what: string }): void {
  if (ended.code !== code) problem(`${what} ended with exit code ${ended.code}, not ${code}: ${lastWords(ended)}`);
}
