import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { api } from "../api/client.ts";
import { connectorWords, freeName } from "../connections/names.ts";
import { useConnector } from "../connections/use-connector.ts";
import { Button } from "../controls/button.tsx";
import { Card } from "../controls/card.tsx";
import { Field } from "../controls/field.tsx";
import { Loading } from "../controls/loading.tsx";
import { NameInput } from "../controls/name-input.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { usePipelineNames } from "../pipelines/use-stored-pipelines.ts";
import { ScheduleEditor } from "../schedules/schedule-editor.tsx";
import { isPossible } from "../schedules/schedule-choice.ts";
import { modesOf } from "../streams/stream-modes.ts";
import { everything, selectionSettings } from "../streams/stream-selection.ts";
import { useOfferedStreams } from "../streams/use-offered-streams.ts";
import { PlanView } from "../streams/plan-view.tsx";
import { useCreatePipeline } from "./create-pipeline.ts";
import type { Choices } from "./kept-choices.ts";
import { StepHeading } from "./step-heading.tsx";
import styles from "./review-step.module.css";
import wizard from "./wizard-page.module.css";

/** Shows what the first run will do, when later ones come, and makes the pipeline. */
export function ReviewStep({ source, destination, choices, onChange }: ReviewStepProps) {
  const { selection, schedule } = choices;
  const navigate = useNavigate();
  const from = api.useQuery("get", "/v1/connections/{id}", { params: { path: { id: source } } }).data;
  const to = api.useQuery("get", "/v1/connections/{id}", { params: { path: { id: destination } } }).data;
  const names = usePipelineNames();
  const connector = useConnector(to?.connector);
  const offered = useOfferedStreams(source);
  const settings = useMemo(() => {
    const streams = offered.streams ?? [];
    return selectionSettings(selection ?? everything(streams), streams, modesOf(connector?.capabilities));
  }, [offered.streams, selection, connector]);
  const isReady = from !== undefined && to !== undefined && offered.streams !== undefined && connector !== undefined;
  const plan = api.useQuery(
    "post",
    "/v1/pipelines/plan",
    { body: { source_id: source, destination_id: destination, settings } },
    { enabled: isReady, staleTime: Infinity },
  );
  const create = useCreatePipeline();
  if (offered.error !== null) return <TroubleNotice error={offered.error} onRetry={offered.retry} />;
  if (!isReady) return <Loading what="the choices" />;
  const usual = `${connectorWords(from.connector)} to ${connectorWords(to.connector)}`;
  const name = choices.name ?? freeName(usual, [...names.values()]);
  const isRefused = plan.data?.source.status === "failed" || plan.data?.destination.status === "failed";
  return (
    <form
      className={styles.review}
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate(
          { fields: { name: name.trim(), source_id: source, destination_id: destination, settings }, schedule },
          { onSuccess: ({ pipelineId }) => void navigate({ to: "/pipelines/$pipelineId", params: { pipelineId } }) },
        );
      }}
    >
      <StepHeading>When does it run, and what happens first?</StepHeading>
      <Card title="Name and schedule">
        <div className={styles.fields}>
          <Field label="Name">
            {(control) => <NameInput control={control} value={name} onChange={(typed) => onChange({ name: typed })} />}
          </Field>
          <ScheduleEditor choice={schedule} onChange={(chosen) => onChange({ schedule: chosen })} />
        </div>
      </Card>
      <Card title="Plan" note={plan.data === undefined ? "What the first run will do" : undefined}>
        {plan.error === null ? null : <TroubleNotice error={plan.error} onRetry={() => void plan.refetch()} />}
        {plan.data === undefined ? (
          plan.error === null ? (
            <Loading what="the plan" />
          ) : null
        ) : (
          <PlanView plan={plan.data} source={from.name} destination={to.name} />
        )}
      </Card>
      {create.error === null ? null : <TroubleNotice error={create.error} />}
      <div className={wizard.actions}>
        <Button type="submit" variant="primary" isBusy={create.isPending} disabled={isRefused || !isPossible(schedule)}>
          Create and run
        </Button>
      </div>
    </form>
  );
}

export type ReviewStepProps = {
  source: string;
  destination: string;
  choices: Choices;
  onChange: (choices: Partial<Choices>) => void;
};
