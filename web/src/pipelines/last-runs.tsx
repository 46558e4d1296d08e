import { Link } from "@tanstack/react-router";
import { Badge } from "../controls/badge.tsx";
import { Instant } from "../controls/instant.tsx";
import { durationInWords } from "../controls/instant-words.ts";
import { count } from "../controls/number-words.ts";
import { Table } from "../controls/table.tsx";
import { streamFigures, totalsOf } from "../runs/run-figures.ts";
import { runLengthMs, STATUS_TONES, type Run } from "../runs/run-words.ts";
import styles from "./last-runs.module.css";

/** A few runs of a pipeline, how each ended and what it stored. */
export function LastRuns({ runs }: { runs: readonly Run[] }) {
  return (
    <Table
      caption="Last runs"
      columns={[
        { name: "Run" },
        { name: "Status" },
        { name: "Began" },
        { name: "Rows", isNumber: true },
        { name: "Took", isNumber: true },
      ]}
    >
      {runs.map((run) => (
        <tr key={run.id}>
          <td className={styles.run}>
            <Link to="/runs/$runId" params={{ runId: run.id }}>
              Run {run.number}
            </Link>
          </td>
          <td>
            <Badge tone={STATUS_TONES[run.status]}>{run.status}</Badge>
          </td>
          <td>{run.started_at === null ? "waits" : <Instant at={run.started_at} />}</td>
          <td className={styles.number}>{count(totalsOf(streamFigures(run)).stored)}</td>
          <td className={styles.number}>{lengthWords(run)}</td>
        </tr>
      ))}
    </Table>
  );
}

function lengthWords({ started_at, ended_at }: Run): string {
  const lengthMs = ended_at === null ? undefined : runLengthMs({ started_at, ended_at }, 0);
  return lengthMs === undefined ? "–" : durationInWords(lengthMs);
}
