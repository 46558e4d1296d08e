import { useServerTrouble } from "../api/server-trouble.ts";
import { Notice } from "../controls/notice.tsx";
import styles from "./server-notice.module.css";

/** Says so when the server is away, over the page, which stays as it was. */
export function ServerNotice() {
  const trouble = useServerTrouble();
  if (trouble === undefined) return null;
  return (
    <div className={styles.notice}>
      <Notice tone="warn" title={trouble}>
        <p>What you see is from before. It is asked for again every few seconds and goes on by itself.</p>
      </Notice>
    </div>
  );
}
