import type { ReactNode } from "react";
import styles from "./tab-links.module.css";

/** Links between the parts of one thing, side by side; the one that is open has `aria-current`. */
export function TabLinks({ label, children }: { label: string; children: ReactNode }) {
  return (
    <nav aria-label={label} className={styles.tabs}>
      {children}
    </nav>
  );
}
