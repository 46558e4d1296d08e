import { lazy, Suspense, useEffect } from "react";
import { api } from "../api/client.ts";
import { useSecondMs } from "../controls/instant.tsx";
import { Card } from "../controls/card.tsx";
import { shortCount } from "../controls/number-words.ts";
import { durationInWords } from "../controls/instant-words.ts";
import { progressOf, streamFigures, totalsOf } from "./run-figures.ts";
import { runLengthMs, type Run } from "./run-words.ts";
import styles from "./throughput-card.module.css";

const SAMPLE_EVERY_MS = 2_000;

const Plot = lazy(async () => ({ default: (await import("./throughput-plot.tsx")).ThroughputPlot }));

/** How fast a run moves records, as a curve and in numbers. */
export function ThroughputCard({ run }: { run: Run }) {
  const samples = useSamples(run);
  const totals = progressOf(run)?.totals;
  const isLive = run.ended_at === null;
  const { stored } = totalsOf(streamFigures(run));
  const lengthMs = runLengthMs(run, useSecondMs()) ?? 0;
  const average = lengthMs === 0 ? 0 : stored / (lengthMs / 1000);
  return (
    <Card title="Throughput">
      <dl className={styles.figures}>
        <Figure name={isLive ? "Rows/s" : "Average rows/s"}>
          {shortCount(Math.round(isLive ? (totals?.rows_per_second ?? 0) : average))}
        </Figure>
        <Figure name="Stored">{shortCount(stored)}</Figure>
        <Figure name={totals?.lag_ms === undefined ? "Took" : "Lag"}>
          {durationInWords(totals?.lag_ms ?? lengthMs)}
        </Figure>
      </dl>
      <div className={styles.plot}>
        {samples.length < 2 ? (
          <p>
            {isLive ? "The curve begins with the second report." : "It went too fast for a curve, or ended before."}
          </p>
        ) : (
          <Suspense>
            <Plot samples={samples} />
          </Suspense>
        )}
      </div>
    </Card>
  );
}

/** Yields how fast a run was from its beginning, kept current while it goes on. */
function useSamples({ id, ended_at: endedAt }: Run) {
  const params = { path: { id } };
  const { data, refetch } = api.useQuery(
    "get",
    "/v1/runs/{id}/throughput",
    { params },
    { refetchInterval: endedAt === null ? SAMPLE_EVERY_MS : false },
  );
  // the last one comes with the end
  useEffect(() => {
    if (endedAt !== null) void refetch();
  }, [endedAt, refetch]);
  return data?.samples ?? [];
}

function Figure({ name, children }: { name: string; children: string }) {
  return (
    <div className={styles.figure}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
