import { SluiceError } from "@sluice/protocol";
import { Cron } from "croner";

/** When a pipeline is to run: at the times of a cron expression in a time zone, or every so many seconds from `from` on. */
export type Timing = { cron: string; timeZone: string } | { everyS: number; from: Date };

/** A schedule that was not looked at for long is gone through from near its end: dense ones have an instant soon. */
const LOOK_BACK_MS = [60_000, 3_600_000, 86_400_000, Infinity];

/** Yields the first `count` instants after a time. Throws `config` for what is no timing, and for one that never comes. */
export function instantsAfter(timing: Timing, time: Date, count: number): Date[] {
  const after = follower(timing);
  const instants: Date[] = [];
  for (let next = after(time); next !== undefined && instants.length < count; next = after(next)) instants.push(next);
  if (instants.length > 0) return instants;
  throw new SluiceError("config", "cron: it names no instant that will come; correct it.");
}

/** Yields the last instant up to `now`, where `due` is one of them: what was missed is made up for once. */
export function lastInstant(timing: Timing, { due, now }: { due: Date; now: Date }): Date {
  const after = follower(timing);
  for (const lookBackMs of LOOK_BACK_MS) {
    const from = now.getTime() - lookBackMs;
    let last = from <= due.getTime() ? due : after(new Date(from));
    if (last === undefined || last > now) continue;
    for (let next = after(last); next !== undefined && next <= now; next = after(next)) last = next;
    return last;
  }
  return due;
}

/** Yields what finds the first instant after a time. */
function follower(timing: Timing): (time: Date) => Date | undefined {
  if ("everyS" in timing) {
    const everyMs = timing.everyS * 1000;
    const start = timing.from.getTime();
    return (time) => new Date(start + (Math.max(Math.floor((time.getTime() - start) / everyMs), 0) + 1) * everyMs);
  }
  const cron = cronOf(timing);
  return (time) => cron.nextRun(time) ?? undefined;
}

function cronOf({ cron, timeZone }: { cron: string; timeZone: string }): Cron {
  if (!isTimeZone(timeZone))
    throw new SluiceError(
      "config",
      `time_zone: "${timeZone}" is none that is known here; give one such as Europe/Berlin or UTC.`,
    );
  try {
    return new Cron(cron, { timezone: timeZone, mode: "5-or-6-parts" });
  } catch (cause) {
    throw new SluiceError(
      "config",
      `cron: "${cron}" is no cron expression; give five fields, such as "0 6 * * 1-5", or six with seconds first.`,
      { cause },
    );
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
