import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { LineSplitter } from "@sluice/protocol/stdio";
import type { Answer, Request } from "./database.ts";

/** A lock is waited for in turns: whoever holds it may be a client of this server that is gone. */
const LOCK_TURNS = 3000;
const LOCK_TURN_MS = 10;
const SQLITE_BUSY = 5;
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
  const splitter = new LineSplitter();
  try {
    // ends, or throws, however the connection ends
    for await (const chunk of socket) {
      for (const { bytes } of splitter.push(chunk)) {
        const request = JSON.parse(bytes.toString()) as Request;
        if ("file" in request) {
          folder = dirname(request.file);
          database = new DatabaseSync(request.file);
        }
        socket.write(`${JSON.stringify(await answerTo(request, database, join(folder, TROUBLE)))}\n`);
      }
    }
  } catch (error) {
    if (!isGone(error)) throw error;
  } finally {
    database?.close();
  }
}

/** Tells whether this is how a client goes away that does not say so. */
function isGone(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return ["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE"].includes(String(code));
}

async function answerTo(request: Request, database: DatabaseSync | undefined, trouble: string): Promise<Answer> {
  if ("file" in request || database === undefined) return { rows: [] };
  const { sql, values, isScript } = request;
  if (sql === "COMMIT" && existsSync(trouble)) {
    rmSync(trouble);
    return { error: "disk full" };
  }
  for (let turn = 1; ; turn += 1) {
    try {
      if (!isScript) return { rows: database.prepare(sql).all(...values) };
      database.exec(sql);
      return { rows: [] };
    } catch (error) {
      const isBusy = error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
      if (!isBusy || turn === LOCK_TURNS) return { error: error instanceof Error ? error.message : String(error) };
      await sleep(LOCK_TURN_MS);
    }
  }
}
