import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { errorCode } from "@sluice/protocol";

/** Tells whether a process of this place lives, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

/**
 * Yields a short name for the place in which process ids mean what they mean here: this start of this machine and, where
 * the system has such, this container. Two that share a folder but not their processes have different ones.
 */
export function processPlace(): string {
  const facts = [
    hostname(),
    read(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    read(() => readlinkSync("/proc/self/ns/pid")),
  ];
  return createHash("sha256").update(facts.join("\n")).digest("hex").slice(0, 12);
}

function read(fact: () => string): string {
  try {
    return fact();
  } catch {
    // a system other than Linux has no such thing
    return "";
  }
}
