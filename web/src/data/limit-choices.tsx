import { count } from "../controls/number-words.ts";
import type { Limits } from "./ask.ts";
import styles from "./data-tab.module.css";

const ROWS = [100, 1000, 10_000];
const TIMES = [
  { ms: 10_000, name: "10 s" },
  { ms: 30_000, name: "30 s" },
  { ms: 300_000, name: "5 min" },
];

/** How many rows a statement may answer and how long it may take; the database keeps both. */
export function LimitChoices({ limits, onChange }: { limits: Limits; onChange: (limits: Limits) => void }) {
  return (
    <span className={styles.limits}>
      <label>
        At most
        <select
          value={limits.maxRows}
          onChange={(event) => onChange({ ...limits, maxRows: Number(event.target.value) })}
        >
          {ROWS.map((rows) => (
            <option key={rows} value={rows}>
              {count(rows)} rows
            </option>
          ))}
        </select>
      </label>
      <label>
        within
        <select
          value={limits.timeoutMs}
          onChange={(event) => onChange({ ...limits, timeoutMs: Number(event.target.value) })}
        >
          {TIMES.map(({ ms, name }) => (
            <option key={ms} value={ms}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </span>
  );
}
