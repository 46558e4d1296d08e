import type { ReactNode } from "react";
import styles from "./figures.module.css";

/** What has to be seen first, side by side. */
export function Figures({ children }: { children: ReactNode }) {
  return <dl className={styles.figures}>{children}</dl>;
}

/** One of them: its name, the figure itself, and a line that explains it. */
export function Figure({ name, note, children }: FigureProps) {
  return (
    <div className={styles.figure}>
      <dt>{name}</dt>
      <dd className={styles.value}>{children}</dd>
      {note === undefined ? null : <dd className={styles.note}>{note}</dd>}
    </div>
  );
}

export type FigureProps = { name: string; note?: ReactNode; children: ReactNode };
