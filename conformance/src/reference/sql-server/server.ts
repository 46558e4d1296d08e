import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import type { Answer, Request } from "./database.ts";

const LOCK_TIMEOUT_MS = 30_000;
/** A file of this name beside the database makes the next COMMIT fail. */
const TROUBLE = "trouble";

/** A server of SQLite files over TCP, so that a connection to a database can be cut; what is not committed goes with it. */
export type SqlServer = AsyncDisposable & { port: number };

/** Resolves to a server on a free port of this machine. */
export async function startSqlServer(): Promise<SqlServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // what was open is rolled back, whatever the reason
    socket.on("error", () => {});
    void serve(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function serve(socket: Socket): Promise<void> {
  let folder = "";
  let database: DatabaseSync | undefined;
  try {
    // JSON has no line separators but LF, which readline knows; others are escaped by the client
    for await (const line of createInterface({ input: socket })) {
      const request = JSON.parse(line) as Request;
      if ("file" in request) {
        folder = dirname(request.file);
        database = new DatabaseSync(request.file, { timeout: LOCK_TIMEOUT_MS });
      }
      socket.write(`${JSON.stringify(answerTo(request, database, join(folder, TROUBLE)))}\n`);
    }
  } catch (error) {
    // the client is gone
    if (!socket.destroyed) socket.destroy(error instanceof Error ? error : undefined);
  } finally {
    database?.close();
  }
}

function answerTo(request: Request, database: DatabaseSync | undefined, trouble: string): Answer {
  if ("file" in request || database === undefined) return { rows: [] };
  const { sql, values, isScript } = request;
  try {
    if (sql === "COMMIT" && existsSync(trouble)) {
      rmSync(trouble);
      return { error: "disk full" };
    }
    if (!isScript) return { rows: database.prepare(sql).all(...values) };
    database.exec(sql);
    return { rows: [] };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
