import { useEffect, useRef, type ReactNode } from "react";
import styles from "./page-header.module.css";

/**
 * The title of a page with what can be done on it. It takes the focus when the page comes up by a link, so that whoever
 * listens hears where they are; the title of the window follows.
 */
export function PageHeader({ title, above, note, actions }: PageHeaderProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Sluice`;
    if (document.activeElement === document.body || document.activeElement === null)
      heading.current?.focus({ preventScroll: true });
  }, [title]);
  return (
    <header className={styles.header}>
      <div className={styles.words}>
        {above === undefined ? null : <div className={styles.above}>{above}</div>}
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {note === undefined ? null : <div className={styles.note}>{note}</div>}
      </div>
      {actions === undefined ? null : <div className={styles.actions}>{actions}</div>}
    </header>
  );
}

export type PageHeaderProps = {
  title: string;
  /** Where the page belongs to, such as a link to its list. */
  above?: ReactNode;
  /** A line about what the title names. */
  note?: ReactNode;
  actions?: ReactNode;
};
