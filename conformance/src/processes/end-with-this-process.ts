import { spawn, type ChildProcess } from "node:child_process";

/** Starts a watcher that kills a process, frozen or not, as soon as this one is gone; end it when that has ended. */
export function endWithThisProcess(pid: number): ChildProcess {
  const script = 'read -r _; kill -KILL "$0"';
  return spawn("/bin/sh", ["-c", script, String(pid)], { stdio: ["pipe", "ignore", "ignore"], detached: true });
}
