import { Link } from "@tanstack/react-router";
import { api, type Schemas } from "../api/client.ts";
import { isLasting } from "../api/problem.ts";
import { Card } from "../controls/card.tsx";
import { Instant } from "../controls/instant.tsx";
import { Pending } from "../controls/pending.tsx";
import { count } from "../controls/number-words.ts";
import { Table } from "../controls/table.tsx";
import { usePipelineNames } from "../pipelines/use-stored-pipelines.ts";
import type { Run } from "../runs/run-words.ts";
import styles from "./settings.module.css";

const REFRESH_MS = 3_000;
const SHOWN = 200;

/** Who works on what, and what waits and why. */
export function WorkersTab() {
  const workers = api.useQuery("get", "/v1/workers", {}, { refetchInterval: REFRESH_MS });
  const queue = api.useQuery(
    "get",
    "/v1/queue",
    { params: { query: { limit: SHOWN } } },
    { refetchInterval: REFRESH_MS },
  );
  const names = usePipelineNames();
  const error = workers.error ?? queue.error;
  if (workers.data === undefined || queue.data === undefined || isLasting(error))
    return <Pending what="the queue" error={error} />;
  const { items: waiting, count: waitingCount } = queue.data;
  return (
    <div className={styles.cards}>
      <Card title="Workers" isFlush>
        {workers.data.items.length === 0 ? (
          <p className={styles.none}>No worker lives; start one with sluice worker, or nothing runs.</p>
        ) : (
          <WorkersTable workers={workers.data.items} />
        )}
      </Card>
      <Card
        title="Queue"
        note={waitingCount > waiting.length ? `The first ${waiting.length} of ${count(waitingCount)}` : undefined}
        isFlush
      >
        {waiting.length === 0 ? (
          <p className={styles.none}>Nothing waits.</p>
        ) : (
          <QueueTable runs={waiting} names={names} />
        )}
      </Card>
    </div>
  );
}

function WorkersTable({ workers }: { workers: readonly Schemas["Worker"][] }) {
  return (
    <Table
      caption="Workers that live"
      columns={[{ name: "Worker" }, { name: "Works on" }, { name: "Busy" }, { name: "Since" }, { name: "Last seen" }]}
    >
      {workers.map(({ name, concurrency, started_at: since, seen_at: seenAt, run_ids: runIds }) => (
        <tr key={name}>
          <td>{name}</td>
          <td>
            {runIds.length === 0 ? "nothing" : null}
            {runIds.map((id) => (
              <Link key={id} to="/runs/$runId" params={{ runId: id }} className={styles.run}>
                {id}
              </Link>
            ))}
          </td>
          <td>
            {runIds.length} of {concurrency}
          </td>
          <td>
            <Instant at={since} />
          </td>
          <td>
            <Instant at={seenAt} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

function QueueTable({ runs, names }: { runs: readonly Run[]; names: ReadonlyMap<string, string> }) {
  return (
    <Table
      caption="Runs that wait"
      columns={[{ name: "Run" }, { name: "Pipeline" }, { name: "Since" }, { name: "Priority" }, { name: "Because" }]}
    >
      {runs.map((run) => (
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
