import type { Readable } from "node:stream";
import { SluiceError, messageSchemas, type ConfiguredStream, type Message, type MessageType } from "@sluice/protocol";
import { LineSplitter, parseLine, type RawLine } from "@sluice/protocol/stdio";

/** One step of a pipe: takes messages, yields messages. */
export type Step<In, Out> = (messages: AsyncIterable<In>) => AsyncIterable<Out>;
type OfType<T extends MessageType> = Extract<Message, { type: T }>;

/** Yields what the steps make of the messages, one step behind the other. */
export function pipe<A>(messages: AsyncIterable<A>): AsyncIterable<A>;
export function pipe<A, B>(messages: AsyncIterable<A>, one: Step<A, B>): AsyncIterable<B>;
export function pipe<A, B, C>(messages: AsyncIterable<A>, one: Step<A, B>, two: Step<B, C>): AsyncIterable<C>;
export function pipe<A, B, C, D>(
  messages: AsyncIterable<A>,
  one: Step<A, B>,
  two: Step<B, C>,
  three: Step<C, D>,
): AsyncIterable<D>;
export function pipe(messages: AsyncIterable<unknown>, ...steps: Step<unknown, unknown>[]): AsyncIterable<unknown> {
  return steps.reduce((before, step) => step(before), messages);
}

/** Resolves to all that an iterable yields; throws RangeError when that is more than `limit`. */
export async function collect<T>(items: AsyncIterable<T>, limit = 1_000_000): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) {
    if (all.length === limit) throw new RangeError(`There are more than ${limit} items to collect.`);
    all.push(item);
  }
  return all;
}

/** Yields a step that lets the messages of one type pass. */
export function filterType<T extends MessageType>(type: T): Step<Message, OfType<T>> {
  return async function* (messages) {
    for await (const message of messages) if (isOfType(message, type)) yield message;
  };
}

/**
 * Yields a step that holds a source to a catalog: fields that are not selected are dropped, records of a stream that the
 * catalog does not have throw `protocol`.
 */
export function enforceCatalog(streams: readonly ConfiguredStream[]): Step<Message, Message> {
  const byName = new Map(streams.map((configured) => [configured.stream.name, configured]));
  return async function* (messages) {
    for await (const message of messages) yield message.type === "record" ? enforced(message, byName) : message;
  };
}

/**
 * Yields the messages in a stream of lines, such as a connector's stdout; text that is no message is left out. Throws
 * `protocol` for a last line that is cut.
 */
export async function* readMessages(output: Readable): AsyncGenerator<Message> {
  const splitter = new LineSplitter();
  for await (const chunk of output as AsyncIterable<Buffer>)
    for (const raw of splitter.push(chunk)) yield* messagesIn(raw);
  const last = splitter.end();
  if (last === undefined) return;
  const [message] = messagesIn(last);
  if (message === undefined)
    throw new SluiceError("protocol", `The output ends in the middle of line ${last.lineNumber}, or with text.`);
  yield message;
}

function messagesIn(raw: RawLine): Message[] {
  const line = parseLine(raw);
  if (line.kind === "message") return [line.message];
  return line.kind === "record" ? [messageSchemas.record.parse(JSON.parse(raw.bytes.toString()))] : [];
}

function enforced(message: OfType<"record">, streams: ReadonlyMap<string, ConfiguredStream>): Message {
  const { stream, data } = message.record;
  const configured = streams.get(stream);
  if (configured === undefined)
    throw new SluiceError("protocol", `The source sent a record of "${stream}", which the catalog does not have.`);
  if (configured.fields === undefined) return message;
  const kept = new Set([...(configured.stream.primary_key ?? []), ...configured.fields]);
  const selected = Object.fromEntries(Object.entries(data).filter(([name]) => kept.has(name)));
  return { type: "record", record: { ...message.record, data: selected } };
}

function isOfType<T extends MessageType>(message: Message, type: T): message is OfType<T> {
  return message.type === type;
}
