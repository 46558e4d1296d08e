/** What to do at an event. */
export type Action =
  | { name: "kill" | "term" | "close" | "garbage" }
  | { name: "stop"; ms: number | undefined }
  | { name: "stall"; ms: number }
  | { name: "exit"; code: number };

/** The actions, each with a sentence for people. */
export const ACTIONS = {
  kill: "kills the connector; nothing behind the event is passed on",
  "exit:N": "kills it, and exits with code N in its place",
  term: "asks it to end, and passes on what it still says",
  stop: "freezes it for good",
  "stop:MS": "freezes it for so long",
  "stall:MS": "passes nothing on for so long, in the direction of the event",
  close: "closes both ends of the pipe that the event came through",
  garbage: "puts a broken message behind the event, or before it",
} as const;

/** Yields the action that a text names, such as `kill` or `stall:200`; undefined when it names none. */
export function parseAction(text: string): Action | undefined {
  const parts = /^([a-z]+)(?::(\d{1,9}))?$/.exec(text);
  const name = parts?.[1];
  const number = parts?.[2] === undefined ? undefined : Number(parts[2]);
  switch (name) {
    case "kill":
    case "term":
    case "close":
    case "garbage":
      return number === undefined ? { name } : undefined;
    case "stop":
      return { name, ms: number };
    case "stall":
      return number === undefined ? undefined : { name, ms: number };
    case "exit":
      return number === undefined || number > 255 ? undefined : { name, code: number };
    default:
      return undefined;
  }
}
