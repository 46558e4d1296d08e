import { api } from "../api/client.ts";
import { Badge } from "../controls/badge.tsx";
import { Card } from "../controls/card.tsx";
import { LinkButton } from "../controls/link-button.tsx";
import { progressOf, type Progress } from "../runs/run-figures.ts";
import { RunStatusBadge } from "../runs/run-status.tsx";
import styles from "./current-run.module.css";

const REFRESH_MS = 1_000;

type StreamProgress = Progress["streams"][string];

/** How the run that goes on is doing, stream by stream, second by second. */
export function CurrentRun({ id }: { id: string }) {
  const { data: run } = api.useQuery(
    "get",
    "/v1/runs/{id}",
    { params: { path: { id } } },
    { refetchInterval: ({ state }) => ((state.data?.ended_at ?? null) === null ? REFRESH_MS : false) },
  );
  if (run === undefined) return null;
  const progress = progressOf(run);
  const streams = Object.entries(progress?.streams ?? {}).toSorted(([, one], [, other]) => rank(one) - rank(other));
  const done = streams.filter(([, { status }]) => isDone(status)).length;
  return (
    <Card
      title={`Run ${run.number}`}
      note={run.waiting_because ?? undefined}
      actions={
        <>
          <RunStatusBadge run={run} />
          <LinkButton to="/runs/$runId" params={{ runId: id }}>
            Watch it
          </LinkButton>
        </>
      }
    >
      <p className={styles.totals} aria-live="off">
        <strong>{(progress?.totals.committed ?? 0).toLocaleString()}</strong> rows stored
        <span>{(progress?.totals.rows_per_second ?? 0).toLocaleString()} a second</span>
        <span>
          {done} of {streams.length} streams done
        </span>
      </p>
      <progress
        className={styles.whole}
        aria-label="Streams that are done"
        max={Math.max(streams.length, 1)}
        value={done}
      />
      <ul className={styles.streams} tabIndex={0} aria-label="Streams of the run">
        {streams.map(([name, { status, committed, rejected }]) => (
          <li key={name} className={styles.stream}>
            <span className={styles.name}>{name}</span>
            <span className={styles.rows}>{committed.toLocaleString()}</span>
            {rejected === 0 ? null : <Badge tone="warn">{`${rejected} rejected`}</Badge>}
            <Badge
              tone={isDone(status) ? "good" : status === "waiting" ? "idle" : status === "failed" ? "bad" : "busy"}
            >
              {status}
            </Badge>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function isDone(status: string): boolean {
  return status === "complete" || status === "skipped";
}

/** Those that move come first, then those that are done, then those that wait. */
function rank({ status, committed }: StreamProgress): number {
  if (status === "waiting") return 3;
  if (!isDone(status)) return 0;
  return committed > 0 ? 1 : 2;
}
