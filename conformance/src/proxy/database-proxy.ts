import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { TcpTarget } from "./tcp-target.ts";
import { WordFinder } from "./word-finder.ts";

/** Where a connection is cut: behind so many bytes of the client, or before its next COMMIT is passed on, or behind that. */
export type Cut = { at: "bytes"; count: number } | { at: "before_commit" } | { at: "after_commit" };

/**
 * Stands between a client and any database over TCP, and cuts one connection at one place. It knows no wire protocol: a
 * COMMIT is where the client sends that word, in the clear. "After" it means that the server has answered and the client
 * does not hear of it.
 */
export class DatabaseProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #word: string;
  readonly #sockets = new Set<Socket>();
  #cut: Cut | undefined;
  #sent = 0;
  /** How often a client has asked for a COMMIT. */
  commits = 0;
  /** Whether the cut that was armed last was made. */
  fired = false;

  private constructor(server: Server, word: string) {
    this.#server = server;
    this.#word = word;
  }

  /** Resolves to a proxy on a free port of this machine in front of a server; `word` is how a client asks for a COMMIT. */
  static async start(target: TcpTarget, word: string): Promise<DatabaseProxy> {
    const server = createServer({ noDelay: true });
    const proxy = new DatabaseProxy(server, word);
    server.on("connection", (client) => proxy.#accept(client, connect({ ...target, noDelay: true })));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return proxy;
  }

  get address(): TcpTarget {
    return { host: "127.0.0.1", port: (this.#server.address() as AddressInfo).port };
  }

  /** Cuts one connection once, at the next place of this kind. */
  arm(cut: Cut): void {
    this.#cut = cut;
    this.#sent = 0;
    this.fired = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(client: Socket, server: Socket): void {
    const words = new WordFinder(this.#word);
    let isUntold = false;
    const cut = () => {
      this.#cut = undefined;
      this.fired = true;
      client.resetAndDestroy();
      server.destroy();
    };
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      // the other side learns of it
      socket.on("error", () => {});
      socket.on("drain", () => other.resume());
      socket.on("end", () => other.end());
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.on("data", (chunk) => {
      const isCommit = words.isIn(chunk);
      if (isCommit) this.commits += 1;
      const armed = this.#cut;
      this.#sent += chunk.length;
      if (armed?.at === "before_commit" && isCommit) return cut();
      if (armed?.at === "bytes" && this.#sent >= armed.count) {
        server.write(chunk.subarray(0, Math.max(0, chunk.length - (this.#sent - armed.count))));
        return cut();
      }
      if (armed?.at === "after_commit" && isCommit) {
        isUntold = true;
        this.#cut = undefined;
      }
      if (!server.write(chunk)) client.pause();
    });
    server.on("data", (chunk) => {
      if (isUntold) return cut();
      if (!client.write(chunk)) server.pause();
    });
  }
}
