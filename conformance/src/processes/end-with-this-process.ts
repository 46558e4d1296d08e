import { spawn, type ChildProcess } from "node:child_process";

/**
 * Starts a watcher that kills a process and its group, frozen or not, as soon as this process is gone, however that ends;
 * end it when the group has. The process must lead its group.
 */
export function endWithThisProcess(pid: number): ChildProcess {
  return watcher('kill -s KILL -- "-$0"', String(pid));
}

/** Starts a watcher that removes a folder as soon as this process is gone; end it when the folder is. */
export function removeWithThisProcess(folder: string): ChildProcess {
  // whoever still writes into it is being killed at the same time
  return watcher('rm -rf -- "$0"; sleep 1; rm -rf -- "$0"', folder);
}

/** In a group of its own, so that it outlives a signal to the group of this process, and sees its stdin end behind that. */
function watcher(act: string, what: string): ChildProcess {
  const script = `read -r _; ${act}`;
  return spawn("/bin/sh", ["-c", script, what], { stdio: ["pipe", "ignore", "ignore"], detached: true });
}
