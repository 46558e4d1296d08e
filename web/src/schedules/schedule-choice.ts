import { instantsAfter, type Timing } from "@sluice/orchestrator/timing";
import cronstrue from "cronstrue";
import type { Schemas } from "../api/client.ts";

/** When a pipeline runs by itself, as it is chosen: not at all, every so often, or at the times of a cron expression. */
export type ScheduleChoice =
  | { type: "none" }
  | { type: "every"; everyS: number }
  | { type: "daily"; time: string; days: "all" | "workdays"; timeZone: string }
  | { type: "cron"; cron: string; timeZone: string };

const HOUR_S = 3600;
const SHOWN_INSTANTS = 5;

export const HOURLY: ScheduleChoice = { type: "every", everyS: HOUR_S };

/** Lengths of time between runs that are offered, in seconds. */
export const INTERVALS: readonly { everyS: number; words: string }[] = [
  { everyS: 300, words: "Every 5 minutes" },
  { everyS: 900, words: "Every 15 minutes" },
  { everyS: HOUR_S, words: "Every hour" },
  { everyS: 6 * HOUR_S, words: "Every 6 hours" },
  { everyS: 24 * HOUR_S, words: "Every 24 hours" },
];

/** Yields the body of a schedule; undefined for none. */
export function scheduleBody(choice: ScheduleChoice): NewSchedule | undefined {
  if (choice.type === "none") return undefined;
  if (choice.type === "every") return { every_s: choice.everyS, options: {}, priority: 5 };
  return { cron: cronOf(choice), time_zone: choice.timeZone, options: {}, priority: 5 };
}

/** Yields a stored schedule as a choice. */
export function choiceOf({ cron, time_zone: zone, every_s: everyS }: Timed): ScheduleChoice {
  if (cron === null) return { type: "every", everyS: everyS ?? HOUR_S };
  const timeZone = zone ?? "UTC";
  const daily = /^(\d{1,2}) (\d{1,2}) \* \* (\*|1-5)$/.exec(cron);
  if (daily === null) return { type: "cron", cron, timeZone };
  const [, minute = "0", hour = "0", days] = daily;
  const time = `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
  return { type: "daily", time, days: days === "*" ? "all" : "workdays", timeZone };
}

/** Yields when a pipeline runs in words, such as "Every workday at 06:00, Europe/Berlin". */
export function scheduleWords(choice: ScheduleChoice): string {
  switch (choice.type) {
    case "none":
      return "Only when somebody starts it";
    case "every":
      return intervalWords(choice.everyS);
    case "daily":
      return `Every ${choice.days === "all" ? "day" : "workday"} at ${choice.time}, ${choice.timeZone}`;
    case "cron":
      return `${cronWords(choice.cron)}, ${choice.timeZone}`;
  }
}

/** Yields the next five instants; throws a `SluiceError` that says what is wrong with a cron expression or a zone. */
export function nextInstants(choice: ScheduleChoice, from: Date): Date[] {
  if (choice.type === "none") return [];
  const timing: Timing =
    choice.type === "every" ? { everyS: choice.everyS, from } : { cron: cronOf(choice), timeZone: choice.timeZone };
  return instantsAfter(timing, from, SHOWN_INSTANTS);
}

/** Whether a schedule names an instant, or is none; what is wrong with one stands in its editor. */
export function isPossible(choice: ScheduleChoice): boolean {
  try {
    return choice.type === "none" || nextInstants(choice, new Date()).length > 0;
  } catch {
    return false;
  }
}

/** Yields the time zones that this browser knows, and a chosen one, which may be another name of one of these. */
export function timeZones(chosen: string): string[] {
  return [...new Set(["UTC", ownTimeZone(), chosen, ...Intl.supportedValuesOf("timeZone")])];
}

export function ownTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

type Timed = Pick<Schemas["Schedule"], "cron" | "time_zone" | "every_s">;
type NewSchedule = {
  cron?: string;
  time_zone?: string;
  every_s?: number;
  options: Record<string, never>;
  priority: number;
};

function cronOf(choice: Extract<ScheduleChoice, { type: "daily" | "cron" }>): string {
  if (choice.type === "cron") return choice.cron.trim();
  const [hour, minute] = choice.time.split(":").map(Number);
  return `${minute ?? 0} ${hour ?? 0} * * ${choice.days === "all" ? "*" : "1-5"}`;
}

function intervalWords(everyS: number): string {
  const offered = INTERVALS.find((each) => each.everyS === everyS)?.words;
  if (offered !== undefined) return offered;
  if (everyS % HOUR_S === 0) return `Every ${everyS / HOUR_S} hours`;
  return everyS % 60 === 0 ? `Every ${everyS / 60} minutes` : `Every ${everyS} seconds`;
}

function cronWords(cron: string): string {
  try {
    return cronstrue.toString(cron, { use24HourTimeFormat: true });
  } catch {
    // croner knows forms that have no words; the expression says it then
    return cron;
  }
}
