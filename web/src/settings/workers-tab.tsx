import { Link } from "@tanstack/react-router";
import { api } from "../api/client.ts";
import { Card } from "../controls/card.tsx";
import { Instant } from "../controls/instant.tsx";
import { Loading } from "../controls/loading.tsx";
import { Table } from "../controls/table.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { usePipelineNames } from "../pipelines/use-pipeline-names.ts";
import type { Run } from "../runs/run-words.ts";
import styles from "./settings.module.css";

const REFRESH_MS = 3_000;
const SHOWN = 200;

/** What goes on and by whom, and what waits and why. */
export function WorkersTab() {
  const running = useRunsThatAre("running");
  const queued = useRunsThatAre("queued");
  const names = usePipelineNames();
  const error = running.error ?? queued.error;
  if (error !== null) return <TroubleNotice error={error} />;
  if (running.data === undefined || queued.data === undefined) return <Loading what="the queue" />;
  return (
    <div className={styles.cards}>
      <Card title="Going on" isFlush>
        {running.data.items.length === 0 ? (
          <p className={styles.none}>Every worker is free.</p>
        ) : (
          <Table
            caption="Runs that go on"
            columns={[{ name: "Worker" }, { name: "Run" }, { name: "Pipeline" }, { name: "Since" }]}
          >
            {running.data.items.map((run) => (
              <tr key={run.id}>
                <td>{run.worker}</td>
                <RunCells run={run} pipelineName={names.get(run.pipeline_id)} />
                <td>{run.started_at === null ? null : <Instant at={run.started_at} />}</td>
              </tr>
            ))}
          </Table>
        )}
      </Card>
      <Card title="Waiting" isFlush>
        {queued.data.items.length === 0 ? (
          <p className={styles.none}>Nothing waits.</p>
        ) : (
          <Table
            caption="Runs that wait"
            columns={[
              { name: "Run" },
              { name: "Pipeline" },
              { name: "Since" },
              { name: "Priority", isNumber: true },
              { name: "Because" },
            ]}
          >
            {queued.data.items.map((run) => (
              <tr key={run.id}>
                <RunCells run={run} pipelineName={names.get(run.pipeline_id)} />
                <td>
                  <Instant at={run.created_at} />
                </td>
                <td>{run.priority}</td>
                <td>{run.waiting_because ?? "A worker has to be free."}</td>
              </tr>
            ))}
          </Table>
        )}
      </Card>
    </div>
  );
}

function useRunsThatAre(status: "running" | "queued") {
  return api.useQuery(
    "get",
    "/v1/runs",
    { params: { query: { status, limit: SHOWN } } },
    { refetchInterval: REFRESH_MS },
  );
}

function RunCells({ run, pipelineName }: { run: Run; pipelineName: string | undefined }) {
  return (
    <>
      <td>
        <Link to="/runs/$runId" params={{ runId: run.id }}>
          Run {run.number}
        </Link>
      </td>
      <td>
        <Link to="/pipelines/$pipelineId" params={{ pipelineId: run.pipeline_id }}>
          {pipelineName ?? run.pipeline_id}
        </Link>
      </td>
    </>
  );
}
