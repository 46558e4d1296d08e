import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";

/** The variable that names the socket; see docs/protocol.md. */
const VARIABLE = "SLUICE_BUDGET_SOCKET";
/** Whoever has not answered by then is taken for lost. */
const ANSWER_TIMEOUT_MS = 2000;
const REDIAL_MS = 1000;

type Turn = { budget: string; perSecond: number };
/** A question whose answer has not come; `tell` gets the milliseconds until the turn, undefined when nobody knows. */
type Asked = { sinceMs: number; tell(waitMs: number | undefined): void };

/**
 * Turns of a budget that other programs share, asked for at a local socket. A turn is a line on each side:
 * `{"budget": "acct_1", "per_second": 80}` and `{"wait_ms": 12.5}`, in the order of asking.
 */
export class SharedTurns {
  readonly #path: string;
  #asked: Asked[] = [];
  #socket: Socket | undefined;
  #dialledAtMs = Number.NEGATIVE_INFINITY;

  constructor(path: string) {
    this.#path = path;
  }

  /** Yields those of the socket that the environment names; undefined without one. */
  static ofEnvironment(env: NodeJS.ProcessEnv = process.env): SharedTurns | undefined {
    const path = env[VARIABLE] ?? "";
    return path === "" ? undefined : new SharedTurns(path);
  }

  /** Resolves to the milliseconds until a turn; undefined when nobody tells, which may pass. */
  async take({ budget, perSecond }: Turn): Promise<number | undefined> {
    const now = performance.now();
    const socket = this.#dial(now);
    if (socket === undefined || now - (this.#asked[0]?.sinceMs ?? now) > ANSWER_TIMEOUT_MS) return undefined;
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    // an answer that comes later finds its question all the same
    const timer = setTimeout(() => resolve(undefined), ANSWER_TIMEOUT_MS);
    this.#asked.push({ sinceMs: now, tell: resolve });
    socket.write(`${JSON.stringify({ budget, per_second: perSecond })}\n`);
    return promise.finally(() => clearTimeout(timer));
  }

  close(): void {
    this.#socket?.destroy();
  }

  #dial(now: number): Socket | undefined {
    if (this.#socket !== undefined || now - this.#dialledAtMs < REDIAL_MS) return this.#socket;
    this.#dialledAtMs = now;
    const socket = connect(this.#path);
    // it keeps no program running
    socket.unref();
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#socket = undefined;
      for (const { tell } of this.#asked.splice(0)) tell(undefined);
    });
    const lines = createInterface({ input: socket });
    lines.on("line", (line) => this.#asked.shift()?.tell(waitOf(line)));
    // it passes on the socket's, which tells by its end
    lines.on("error", () => {});
    this.#socket = socket;
    return socket;
  }
}

function waitOf(line: string): number | undefined {
  try {
    const { wait_ms: waitMs } = JSON.parse(line) as { wait_ms?: unknown };
    return typeof waitMs === "number" && waitMs >= 0 ? waitMs : undefined;
  } catch {
    // no answer of ours
    return undefined;
  }
}
