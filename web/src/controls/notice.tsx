import { CircleAlert, CircleCheck, Info, TriangleAlert, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import type { Tone } from "./badge.tsx";
import styles from "./notice.module.css";

const ICONS: Record<Tone, LucideIcon> = {
  good: CircleCheck,
  warn: TriangleAlert,
  bad: CircleAlert,
  busy: Info,
  idle: Info,
};

/** Something that has to be known before going on. A bad one is read out at once. */
export function Notice({ tone, title, children, actions }: NoticeProps) {
  const Icon = ICONS[tone];
  return (
    <div className={styles.notice} data-tone={tone} role={tone === "bad" ? "alert" : "status"}>
      <Icon size={18} aria-hidden />
      <div className={styles.words}>
        {title === undefined ? null : <strong>{title}</strong>}
        {children}
      </div>
      {actions === undefined ? null : <div className={styles.actions}>{actions}</div>}
    </div>
  );
}

export type NoticeProps = { tone: Tone; title?: string; children?: ReactNode; actions?: ReactNode };
