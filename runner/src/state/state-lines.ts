import { SluiceError } from "@sluice/protocol";
import { parseLine, scanElements, scanMembers, type StateLine } from "@sluice/protocol/stdio";

/** Yields a state and its line, without LF; throws `protocol` for a text that is no state message. */
export function stateLineOf(text: string): StateLine {
  const bytes = Buffer.from(text);
  const line = parseLine({ bytes, lineNumber: 1, byteOffset: 0 });
  if (line.kind !== "message" || line.message.type !== "state")
    throw new SluiceError("protocol", "What is stored as a state is none.");
  return { state: line.message.state, line: bytes };
}

/** Yields the states in a `ready` line, each token by token as it is stored there. */
export function readyStates(line: Buffer): StateLine[] {
  const ready = scanMembers(line, ["ready"])?.[0];
  const states = ready === undefined ? undefined : scanMembers(ready, ["states"])?.[0];
  const elements = states === undefined ? undefined : scanElements(states);
  if (elements === undefined) throw new SluiceError("protocol", 'The states in "ready" are no array.');
  return elements.map((element) => stateLineOf(`{"type":"state","state":${element.toString()}}`));
}
