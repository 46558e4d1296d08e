import { api } from "../api/client.ts";
import { Card } from "../controls/card.tsx";
import { LinkButton } from "../controls/link-button.tsx";
import { count } from "../controls/number-words.ts";
import { progressOf, streamFigures, totalsOf, type StreamFigures } from "../runs/run-figures.ts";
import { RunStatusBadge } from "../runs/run-status.tsx";
import { noStreamWords } from "../runs/run-words.ts";
import { StreamList } from "../runs/stream-list.tsx";
import styles from "./current-run.module.css";

const REFRESH_MS = 1_000;

/** How the run that goes on is doing, stream by stream, second by second. */
export function CurrentRun({ id }: { id: string }) {
  const { data: run } = api.useQuery(
    "get",
    "/v1/runs/{id}",
    { params: { path: { id } } },
    { refetchInterval: ({ state }) => ((state.data?.ended_at ?? null) === null ? REFRESH_MS : false) },
  );
  if (run === undefined) return null;
  const isLive = run.ended_at === null;
  const streams = streamFigures(run).toSorted((one, other) => rank(one) - rank(other));
  const done = streams.filter(isDone).length;
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
        <strong>{count(totalsOf(streams).stored)}</strong> rows stored
        {isLive ? <span>{count(progressOf(run)?.totals.rows_per_second ?? 0)} a second</span> : null}
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
      <div className={styles.streams}>
        <StreamList streams={streams} isLive={isLive} none={noStreamWords(run)} onRerun={undefined} />
      </div>
    </Card>
  );
}

function isDone({ status }: StreamFigures): boolean {
  return status === "complete" || status === "skipped";
}

/** Those that move come first, then those that are done, then those that wait. */
function rank(stream: StreamFigures): number {
  if (stream.status === "waiting") return 3;
  if (!isDone(stream)) return 0;
  return stream.stored > 0 ? 1 : 2;
}
