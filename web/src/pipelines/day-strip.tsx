import { useMemo } from "react";
import { useNowMs } from "../controls/instant.tsx";
import styles from "./day-strip.module.css";
import { stripDays, stripWords, type PipelineHealth } from "./health-words.ts";

const DAY_MS = 86_400_000;

/** The last 30 days as bars: green, or as bad as the worst run of the day. */
export function DayStrip({ days }: { days: PipelineHealth["days"] }) {
  // anew with the day, not with each tick
  const today = Math.floor(useNowMs() / DAY_MS) * DAY_MS;
  const bars = useMemo(() => stripDays(days, today), [days, today]);
  return (
    <span className={styles.strip} role="img" aria-label={stripWords(days)}>
      {bars.map(({ day, tone, words }) => (
        <span key={day} className={styles.bar} data-tone={tone} title={words} />
      ))}
    </span>
  );
}
