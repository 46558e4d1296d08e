import { X } from "lucide-react";
import { Badge } from "../controls/badge.tsx";
import { Button } from "../controls/button.tsx";
import { CopyButton } from "../controls/copy-button.tsx";
import { IconButton } from "../controls/icon-button.tsx";
import { exactInstant } from "../controls/instant-words.ts";
import type { LogLine } from "../runs/watched-run.ts";
import { LEVEL_TONES } from "./log-levels.ts";
import styles from "./log-card.module.css";

/** A line of a log with all of its text. */
export function LogLineDetail({ line, onShowAround, onClose }: LogLineDetailProps) {
  const { number, logged_at: at, level, side, stream, message } = line;
  return (
    <section className={styles.detail} aria-label={`Line ${number}`}>
      <div className={styles.detailHead}>
        <Badge tone={LEVEL_TONES[level]}>{level}</Badge>
        <span className={styles.facts}>
          Line {number} · {stream === null ? side : `${side}, ${stream}`} · {exactInstant(at)}
        </span>
        <span className={styles.detailActions}>
          {onShowAround === undefined ? null : <Button onClick={onShowAround}>Show what is around it</Button>}
          <CopyButton text={message} label="Copy the line" />
          <IconButton icon={X} label="Close the line" onClick={onClose} />
        </span>
      </div>
      <pre tabIndex={0}>{message}</pre>
    </section>
  );
}

export type LogLineDetailProps = {
  line: LogLine;
  /** Leads from a finding to its place in the whole log. */
  onShowAround: (() => void) | undefined;
  onClose: () => void;
};
