import type { Schemas } from "../api/client.ts";
import type { Tone } from "../controls/badge.tsx";

export type PipelineHealth = Schemas["PipelineHealth"];
type Health = PipelineHealth["health"];
type Day = PipelineHealth["days"][number];

/** How a pipeline is, in words and in a tone. */
export const HEALTH_WORDS: Record<Health, { words: string; tone: Tone }> = {
  new: { words: "Never ran", tone: "idle" },
  healthy: { words: "Healthy", tone: "good" },
  partial: { words: "Partial", tone: "warn" },
  failing: { words: "Failing", tone: "bad" },
  paused: { words: "Paused", tone: "idle" },
};

const DAY_MS = 86_400_000;
const STRIP_DAYS = 30;
const dayName = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });

/** A day of the strip: what its runs came to, and that in words. */
export type StripDay = { day: string; tone: Tone; words: string };

/** Yields the last 30 days in UTC, the oldest first, those without runs, too. A day is as bad as its worst run. */
export function stripDays(days: readonly Day[], nowMs: number): StripDay[] {
  const told = new Map(days.map((each) => [each.day, each]));
  return Array.from({ length: STRIP_DAYS }, (_, index) => {
    const at = new Date(nowMs - (STRIP_DAYS - 1 - index) * DAY_MS);
    const day = at.toISOString().slice(0, 10);
    return { day, tone: toneOf(told.get(day)), words: `${dayName.format(at)} (UTC): ${dayWords(told.get(day))}` };
  });
}

/** Yields what the strip shows in a sentence, for those who do not see it. */
export function stripWords(days: readonly Day[]): string {
  const sum = (of: "succeeded" | "failed" | "partial") => days.reduce((count, day) => count + day[of], 0);
  const ran = sum("succeeded") + sum("failed") + sum("partial");
  if (ran === 0) return "No runs in the last 30 days";
  const bad = [
    sum("failed") > 0 ? `${sum("failed")} failed` : [],
    sum("partial") > 0 ? `${sum("partial")} partial` : [],
  ].flat();
  return `${ran} runs in the last 30 days, ${bad.length === 0 ? "all succeeded" : bad.join(", ")}`;
}

function toneOf(day: Day | undefined): Tone {
  if (day === undefined) return "idle";
  if (day.failed > 0) return "bad";
  if (day.partial > 0) return "warn";
  return day.succeeded > 0 ? "good" : "idle";
}

function dayWords(day: Day | undefined): string {
  const counts = (["succeeded", "partial", "stopped", "failed"] as const).flatMap((status) =>
    day === undefined || day[status] === 0 ? [] : [`${day[status]} ${status}`],
  );
  return counts.length === 0 ? "no runs" : counts.join(", ");
}
