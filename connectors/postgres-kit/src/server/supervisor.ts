import { spawn } from "node:child_process";
import { once } from "node:events";
import type { FileHandle } from "node:fs/promises";
import type { Account } from "./account.ts";

// The other end of descriptor 3 is held by the parent alone: it ends when the parent stops us, exits or is killed,
// SIGKILL included. The signal is repeated because a shell starts background commands with SIGINT and SIGQUIT ignored.
const SCRIPT = `
exec 3<&0 </dev/null
folder=$1 signal=$2
shift 2
"$@" 3<&- &
server=$!
{
  read -r _ <&3
  while kill -s "$signal" "$server" 2>/dev/null; do sleep 1; done
} &
watcher=$!
wait "$server"
status=$?
kill "$watcher" 2>/dev/null
rm -rf "$folder"
exit "$status"
`;

/** A command to keep from outliving this process; `folder` is removed when it has ended. */
export interface SupervisedCommand {
  command: readonly string[];
  folder: string;
  signal: "INT" | "QUIT";
  account: Account | undefined;
  log: FileHandle;
}

/** A supervised command: `exited` resolves when it has ended and its folder is gone. */
export interface SupervisedProcess {
  exited: Promise<void>;
  stop(): Promise<void>;
}

/** Starts a command under a small shell that sends it `signal` when this process stops it or dies, however it dies. */
export function supervise({ command, folder, signal, account, log }: SupervisedCommand): SupervisedProcess {
  const child = spawn("/bin/sh", ["-c", SCRIPT, "supervisor", folder, signal, ...command], {
    ...account,
    cwd: "/",
    // A group of its own: Ctrl-C is for this process, which then stops the server in order.
    detached: true,
    // The account may not be allowed to look into the folders of our own PATH.
    env: { PATH: `${process.env["PATH"]}:/usr/bin:/bin`, LC_ALL: "C", TZ: "UTC" },
    stdio: ["pipe", log.fd, log.fd],
  });
  const exited = once(child, "exit").then(() => {
    child.stdin?.destroy();
  });
  // Whoever awaits it sees a failure to start; one that nobody awaits must not end the process.
  exited.catch(() => {});
  return {
    exited,
    async stop() {
      child.stdin?.destroy();
      await exited;
    },
  };
}
