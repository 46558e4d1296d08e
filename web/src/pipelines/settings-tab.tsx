import { getRouteApi } from "@tanstack/react-router";
import { api } from "../api/client.ts";
import { isLasting } from "../api/problem.ts";
import { Pending } from "../controls/pending.tsx";
import { SchedulesCard } from "../schedules/schedules-card.tsx";
import { ManageCard } from "./manage-card.tsx";
import { SettingsForm } from "./settings-form.tsx";
import styles from "./settings-tab.module.css";

const route = getRouteApi("/pipelines/$pipelineId/settings");

/** What a pipeline is told: its name, its sides, its limits, when it runs; and what else can be done with it. */
export function SettingsTab() {
  const { pipelineId } = route.useParams();
  const { data, error, refetch } = api.useQuery("get", "/v1/pipelines/{id}", { params: { path: { id: pipelineId } } });
  if (data === undefined || isLasting(error))
    return <Pending what="the settings" error={error} onRetry={() => void refetch()} />;
  return (
    <div key={data.id} className={styles.cards}>
      <SettingsForm pipeline={data} />
      <SchedulesCard pipelineId={pipelineId} />
      <ManageCard pipeline={data} />
    </div>
  );
}
