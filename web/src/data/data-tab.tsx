import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { isLasting } from "../api/problem.ts";
import { EmptyState } from "../controls/empty-state.tsx";
import { Pending } from "../controls/pending.tsx";
import { Workbench } from "../sql/workbench.tsx";
import { ask, downloadAnswer, type Limits } from "./ask.ts";
import styles from "./data-tab.module.css";
import { LimitChoices } from "./limit-choices.tsx";
import { LiveRows } from "./live-rows.tsx";
import { useDataTables } from "./use-data-tables.ts";

const route = getRouteApi("/pipelines/$pipelineId/data");

/** What a pipeline has written: tables, statements that read them, and rows as they change. */
export function DataTab() {
  const { pipelineId } = route.useParams();
  const { data: tables, error, refetch } = useDataTables(pipelineId);
  const [limits, setLimits] = useState<Limits>({ maxRows: 1000, timeoutMs: 30_000 });
  if (tables === undefined || isLasting(error))
    return <Pending what="the tables" error={error} onRetry={() => void refetch()} />;
  if (tables.length === 0)
    return (
      <EmptyState
        title="No tables yet"
        explanation="The destination makes them when the pipeline runs for the first time."
      />
    );
  return (
    <div className={styles.parts}>
      <Workbench
        name={pipelineId}
        tables={tables}
        tablesTitle="Tables"
        note={<LimitChoices limits={limits} onChange={setLimits} />}
        run={(sql, signal) => ask({ pipelineId, sql, limits }, signal)}
        onDownload={(sql, _, signal) => downloadAnswer({ pipelineId, sql, limits }, signal)}
      />
      <LiveRows pipelineId={pipelineId} tables={tables.filter(({ isFollowable }) => isFollowable)} />
    </div>
  );
}
