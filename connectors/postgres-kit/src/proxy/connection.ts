import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProxyFault, Strike } from "./fault.ts";
import { WireReader, type Negotiation, type Side, type WireMessage } from "./wire.ts";

/** Is told of each message before it is passed on, and says where in it a fault strikes. */
export type Observe = (side: Side, message: WireMessage) => Strike | undefined;

/** One client and the server behind it: bytes are passed on both ways, until a fault strikes. */
export class ProxiedConnection {
  readonly #sockets: Readonly<Record<Side, Socket>>;
  readonly #observe: Observe;
  readonly #negotiation: Negotiation = { requests: 0, isEncrypted: false };
  /** Both directions wait for it. */
  #hold: Promise<unknown> = Promise.resolve();
  #isCut = false;

  constructor(sockets: Readonly<Record<Side, Socket>>, observe: Observe) {
    this.#sockets = sockets;
    this.#observe = observe;
    for (const socket of Object.values(sockets)) {
      socket.setNoDelay(true);
      // the relay that uses it learns of it
      socket.on("error", () => {});
    }
  }

  /** Passes on what comes, until both sides have ended. */
  async run(): Promise<void> {
    await Promise.all([this.#relay("client", "server"), this.#relay("server", "client")]);
  }

  /** Ends both sockets at once. */
  destroy(): void {
    for (const socket of Object.values(this.#sockets)) socket.destroy();
  }

  async #relay(side: Side, other: Side): Promise<void> {
    const [from, to] = [this.#sockets[side], this.#sockets[other]];
    const reader = new WireReader(side, this.#negotiation);
    let strike: Strike | undefined;
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        for (const { message, bytes, position } of reader.push(chunk)) {
          if (position === 0) strike = this.#observe(side, message);
          const cut = strike === undefined ? Infinity : strike.bytes - position;
          await this.#pass(to, bytes.subarray(0, cut));
          if (strike === undefined || cut > bytes.length) continue;
          this.#act(side, strike.fault);
          strike = undefined;
          await this.#pass(to, bytes.subarray(cut));
        }
      }
      await this.#pass(to, reader.end());
      to.end();
    } catch {
      // one side has gone, so the other one goes too
      if (!this.#isCut) this.#reset(from, to);
    }
  }

  #act(side: Side, { action, when, stallMs = 0 }: ProxyFault): void {
    const { client, server } = this.#sockets;
    switch (action) {
      case "stall":
        this.#hold = sleep(stallMs);
        return;
      case "blackhole":
        this.#hold = new Promise(() => {});
        return;
      case "reset":
        this.#isCut = true;
        // a reset could overtake what was just passed on; the end of the stream cannot
        if (side === "client" && when === "after") server.end();
        else server.resetAndDestroy();
        client.resetAndDestroy();
    }
  }

  #reset(...sockets: Socket[]): void {
    for (const socket of sockets) socket.resetAndDestroy();
  }

  /** Resolves once a socket has taken the bytes; rejects when it is gone. */
  async #pass(to: Socket, bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    await this.#hold;
    await new Promise<void>((resolve, reject) => {
      to.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }
}
