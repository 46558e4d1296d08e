import { CircleAlert } from "lucide-react";
import { isRefusal, troubleOf } from "../api/problem.ts";
import { Button } from "./button.tsx";
import styles from "./notice.module.css";

/** A failure in words: what failed, on what, and what to do about it. */
export function TroubleNotice({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { title, detail, remedy, fields, requestId } = troubleOf(error);
  return (
    <div className={styles.notice} data-tone="bad" role="alert">
      <CircleAlert size={18} aria-hidden />
      <div className={styles.words}>
        <strong>{title}</strong>
        <p>{detail}</p>
        {fields.length === 0 ? null : (
          <ul>
            {fields.map(({ path, message }) => (
              <li key={path + message}>
                <code>{path}</code> {message}
              </li>
            ))}
          </ul>
        )}
        {remedy === undefined ? null : <p>{remedy}</p>}
        {requestId === undefined ? null : (
          <p className={styles.small}>
            Request <code>{requestId}</code>
          </p>
        )}
      </div>
      {onRetry === undefined || isRefusal(error) ? null : <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}
