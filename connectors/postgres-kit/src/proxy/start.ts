import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { SluiceError } from "@sluice/protocol";
import { ProxiedConnection } from "./connection.ts";
import { Trigger, type ProxyFault } from "./fault.ts";
import { tellsOfCommit, type Side, type WireMessage } from "./wire.ts";

const POSTGRES_PORT = 5432;

/** What went through, over all connections. */
export type ProxyCounts = { connections: number; client: number; server: number; commits: number };

/** A proxy in front of a Postgres; `url` leads through it. */
export interface PostgresProxy extends AsyncDisposable {
  url: string;
  readonly counts: ProxyCounts;
  /** Whether the fault that was armed last has struck. A test whose fault did not proves nothing. */
  readonly fired: boolean;
  /** Lets a fault strike, its messages counted from now on. */
  arm(fault: ProxyFault): void;
  /** Ends every connection. */
  close(): Promise<void>;
}

/**
 * Resolves to a proxy on a free port of 127.0.0.1 in front of the Postgres that a URL leads to. It counts messages, in
 * the clear; what a client has encrypted passes through as it is, and then no fault strikes any more.
 */
export async function startProxy(targetUrl: string, fault?: ProxyFault): Promise<PostgresProxy> {
  const target = targetOf(targetUrl);
  const board = new Switchboard(fault);
  const server = createServer((client) => board.accept(client, connect(target)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(targetUrl);
  url.hostname = "127.0.0.1";
  url.port = portOf(server);
  const close = async () => {
    server.close();
    board.destroy();
  };
  return {
    url: url.href,
    counts: board.counts,
    get fired() {
      return board.fired;
    },
    arm: (next) => board.arm(next),
    close,
    [Symbol.asyncDispose]: close,
  };
}

class Switchboard {
  readonly counts: ProxyCounts = { connections: 0, client: 0, server: 0, commits: 0 };
  readonly #connections = new Set<ProxiedConnection>();
  #trigger: Trigger | undefined;

  constructor(fault: ProxyFault | undefined) {
    if (fault !== undefined) this.arm(fault);
  }

  get fired(): boolean {
    return this.#trigger?.fired === true;
  }

  arm(fault: ProxyFault): void {
    this.#trigger = new Trigger(fault);
  }

  accept(client: Socket, server: Socket): void {
    this.counts.connections += 1;
    const connection = new ProxiedConnection({ client, server }, (side, message) => this.#observe(side, message));
    this.#connections.add(connection);
    void connection.run().finally(() => this.#connections.delete(connection));
  }

  destroy(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  #observe(side: Side, message: WireMessage) {
    this.counts[side] += 1;
    if (side === "server" && tellsOfCommit(message)) this.counts.commits += 1;
    return this.#trigger?.strikeAt(side, message);
  }
}

function targetOf(url: string): { host: string; port: number } {
  const { protocol, hostname, port } = URL.parse(url) ?? { protocol: "", hostname: "", port: "" };
  if (!/^postgres(ql)?:$/.test(protocol) || hostname === "") {
    throw new SluiceError(
      "config",
      "The proxy's target is no URL of a Postgres; give postgresql://user:password@host/database.",
    );
  }
  return { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: port === "" ? POSTGRES_PORT : Number(port) };
}

function portOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("A TCP server without a port.");
  return String(address.port);
}
