import type { Schemas } from "../api/client.ts";
import { Badge } from "../controls/badge.tsx";
import { Notice } from "../controls/notice.tsx";
import { Table } from "../controls/table.tsx";
import styles from "./plan-view.module.css";
import { MODE_WORDS, type DestinationMode } from "./stream-modes.ts";
import { ACCESS_WORDS } from "./stream-row.tsx";

/** What a run would do: whether both sides answer, which tables come of which streams, and the statements before that. */
export function PlanView({ plan, source, destination }: PlanViewProps) {
  const { streams, statements } = plan;
  const sides = [
    { name: source, ...plan.source },
    { name: destination, ...plan.destination },
  ];
  return (
    <div className={styles.plan}>
      {sides.map(({ name, status, message }) => (
        <Notice key={name} tone={status === "succeeded" ? "good" : "bad"} title={name}>
          <p>{message}</p>
        </Notice>
      ))}
      {streams.length === 0 ? null : (
        <div className={styles.tables}>
          <Table
            caption="What is moved"
            columns={[{ name: "Stream" }, { name: "Read" }, { name: "Rows" }, { name: "Access" }]}
          >
            {streams.map(({ stream, sync_mode: sync, destination_mode: mode, access, message }) => (
              <tr key={stream}>
                <td>{stream}</td>
                <td>{sync === "incremental" ? "What changed" : "Everything"}</td>
                <td>{MODE_WORDS[mode as DestinationMode] ?? mode}</td>
                <td title={message}>
                  <Badge tone={access === "granted" ? "good" : access === "denied" ? "bad" : "idle"}>
                    {ACCESS_WORDS[access]}
                  </Badge>
                </td>
              </tr>
            ))}
          </Table>
        </div>
      )}
      {statements === null ? (
        <p className={styles.note}>The destination needs nothing to be made first.</p>
      ) : (
        <details className={styles.statements}>
          <summary>Statements that the destination carries out first</summary>
          <pre tabIndex={0}>
            <code>{statements}</code>
          </pre>
        </details>
      )}
    </div>
  );
}

export type PlanViewProps = { plan: Schemas["RunPlan"]; source: string; destination: string };
