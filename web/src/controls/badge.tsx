import type { ReactNode } from "react";
import styles from "./badge.module.css";

/** What a colour means everywhere on the page. */
export type Tone = "good" | "warn" | "bad" | "busy" | "idle";

/** A word about how something is, with a dot in its tone; the word alone says it, too. */
export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={styles.badge} data-tone={tone}>
      <span className={styles.dot} aria-hidden />
      {children}
    </span>
  );
}
