import { asksForCommit, tellsOfCommit, type Side, type WireMessage } from "./wire.ts";

/**
 * Where a fault strikes: at the `nth` message that a side sends, or at the `nth` COMMIT, counted over all connections.
 * `before` and `after` it was passed on, or `midway`, with half of it passed on; `after` a COMMIT means that the server
 * has done it and the client does not hear of it.
 */
export type ProxyFault = {
  at: Side | "commit";
  nth: number;
  when: "before" | "midway" | "after";
  /** Resets both connections, holds everything back for `stallMs`, or for ever. */
  action: "reset" | "stall" | "blackhole";
  stallMs?: number;
};

/** A fault, and how many bytes of a message to pass on before it strikes. */
export type Strike = { fault: ProxyFault; bytes: number };

/** Counts messages, and knows at which one a fault strikes. */
export class Trigger {
  readonly fault: ProxyFault;
  fired = false;
  #seen = 0;

  constructor(fault: ProxyFault) {
    this.fault = fault;
  }

  /** Yields where in this message the fault strikes; undefined when it does not. */
  strikeAt(side: Side, message: WireMessage): Strike | undefined {
    if (this.fired || !this.#counts(side, message)) return undefined;
    this.#seen += 1;
    if (this.#seen !== this.fault.nth) return undefined;
    this.fired = true;
    return { fault: this.fault, bytes: this.#bytesBefore(message) };
  }

  #counts(side: Side, message: WireMessage): boolean {
    const { at, when } = this.fault;
    if (at !== "commit") return side === at;
    return when === "after" ? side === "server" && tellsOfCommit(message) : side === "client" && asksForCommit(message);
  }

  #bytesBefore({ byteLength }: WireMessage): number {
    const { at, when } = this.fault;
    if (when === "midway") return Math.floor(byteLength / 2);
    return when === "after" && at !== "commit" ? byteLength : 0;
  }
}

/** Yields the fault that texts name, such as `client:12`, `after`, `reset`; undefined when they name none. */
export function parseFault(at: string, when: string, does: string): ProxyFault | undefined {
  const place = /^(client|server|commit):([1-9]\d{0,8})$/.exec(at);
  const moment = /^(before|midway|after)$/.exec(when)?.[1];
  const action = /^(?:(reset|blackhole)|(stall):(\d{1,9}))$/.exec(does);
  if (place === null || moment === undefined || action === null) return undefined;
  return {
    at: place[1] as ProxyFault["at"],
    nth: Number(place[2]),
    when: moment as ProxyFault["when"],
    action: (action[1] ?? action[2]) as ProxyFault["action"],
    ...(action[3] === undefined ? {} : { stallMs: Number(action[3]) }),
  };
}
