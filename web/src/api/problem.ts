import type { Schemas } from "./client.ts";

/** A failure as people read it. */
export type Trouble = {
  title: string;
  detail: string;
  /** What to do, where the kind of failure says so. */
  remedy: string | undefined;
  fields: { path: string; message: string }[];
  requestId: string | undefined;
};

// The reactions of docs/errors.md in the words of the page, and what the server adds to its failure types.
const REMEDIES: Record<string, string> = {
  config: "Correct what the message names, then try again.",
  auth: "Renew the key or the password, then check the connection.",
  permission: "Grant what the message names, or leave the stream out.",
  rate_limit: "Wait for a moment. If it comes again and again, lower the connector's rate.",
  transient: "Try again. If it stays, look at the service that the message names.",
  data: "Look at the rejected rows, then correct the source or the destination's type.",
  protocol: "Update or repair the program that the message names. No record was taken as lost.",
  system: "Look at the machine that Sluice runs on: its disk, memory and rights to files.",
  not_found: "It may have been deleted; go back to the list.",
  changed: "Somebody else was faster. Load it again, then make your change anew.",
  exists: "Choose another name, or use what is there.",
  in_use: "Wait until what uses it has ended, or end that first.",
  unauthorized: "Log in with a token.",
  forbidden: "Ask whoever runs this server for a token with a higher role.",
};

/** What the page itself finds to be amiss, such as that something is not there which has to be. */
export class FoundTrouble extends Error {
  override readonly name = "FoundTrouble";
  readonly title: string;
  readonly remedy: string;

  constructor(title: string, { detail, remedy }: { detail: string; remedy: string }) {
    super(detail);
    this.title = title;
    this.remedy = remedy;
  }
}

/** Yields what to do about a failure type of the protocol or a code of the API. */
export function remedyOf(code: string): string | undefined {
  return REMEDIES[code];
}

/** Yields what went wrong in words, whether the API told it or it could not be asked. */
export function troubleOf(error: unknown): Trouble {
  if (isProblem(error))
    return {
      title: error.title,
      detail: error.detail,
      remedy: remedyOf(error.code),
      fields: error.errors ?? [],
      // what stands before the server numbers no requests
      requestId: error.request_id === "" ? undefined : error.request_id,
    };
  const none = { fields: [], requestId: undefined };
  if (error instanceof FoundTrouble)
    return { ...none, title: error.title, detail: error.message, remedy: error.remedy };
  // what fetch throws when there is no answer
  if (error instanceof TypeError)
    return {
      ...none,
      title: "The server cannot be reached",
      detail: "Sluice did not answer.",
      remedy: "See that it runs and that this machine is online; the page tries again by itself.",
    };
  return {
    ...none,
    title: "Something unexpected happened",
    detail: error instanceof Error ? error.message : "The page met a failure that it does not know.",
    remedy: "Load the page again. If it comes back, report it.",
  };
}

export function isProblem(error: unknown): error is Schemas["Problem"] {
  return typeof error === "object" && error !== null && "code" in error && "detail" in error && "status" in error;
}

/** Whether the server, or what it stands on, could not be reached or had enough, which passes by itself or by what others do. */
export function isPassing(error: unknown): boolean {
  return (
    error instanceof TypeError || (isProblem(error) && (error.code === "transient" || error.code === "rate_limit"))
  );
}

/** Whether a failure takes away what was shown before; a server that is away for a while does not. */
export function isLasting(error: unknown): boolean {
  return error !== null && !isPassing(error);
}

/** Whether asking again comes to the same: there is no such thing, or it is for others. */
export function isRefusal(error: unknown): boolean {
  return isProblem(error) && (error.status === 403 || error.status === 404);
}

/** Whether the API wants a token before it answers. */
export function isUnauthorized(error: unknown): boolean {
  return isProblem(error) && error.status === 401;
}
