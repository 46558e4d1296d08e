import { useId, type ReactNode } from "react";
import styles from "./card.module.css";

/** A part of a page under a title of its own. */
export function Card({ title, note, actions, isFlush = false, children }: CardProps) {
  const id = useId();
  return (
    <section className={styles.card} aria-labelledby={id}>
      <div className={styles.head}>
        <h2 id={id}>{title}</h2>
        {note === undefined ? null : <p className={styles.note}>{note}</p>}
        {actions === undefined ? null : <div className={styles.actions}>{actions}</div>}
      </div>
      <div className={isFlush ? styles.flush : styles.body}>{children}</div>
    </section>
  );
}

export type CardProps = {
  title: string;
  note?: ReactNode;
  actions?: ReactNode;
  /** Whether what is inside reaches to the edges, as a table does. */
  isFlush?: boolean;
  children: ReactNode;
};
