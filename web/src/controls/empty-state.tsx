import type { ReactNode } from "react";
import styles from "./empty-state.module.css";

/** What stands where nothing is yet: what would be here, and the way to it. */
export function EmptyState({ title, explanation, children }: EmptyStateProps) {
  return (
    <div className={styles.empty}>
      <h2>{title}</h2>
      <p>{explanation}</p>
      {children === undefined ? null : <div className={styles.actions}>{children}</div>}
    </div>
  );
}

export type EmptyStateProps = { title: string; explanation: ReactNode; children?: ReactNode };
