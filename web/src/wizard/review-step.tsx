import { RotateCw } from "lucide-react";
import { useMemo } from "react";
import { api, type Schemas } from "../api/client.ts";
import { isLasting } from "../api/problem.ts";
import { connectorWords, freeName } from "../connections/names.ts";
import { useConnectorOf } from "../connections/use-connector.ts";
import { Button } from "../controls/button.tsx";
import { Card } from "../controls/card.tsx";
import { Field } from "../controls/field.tsx";
import { Loading } from "../controls/loading.tsx";
import { NameInput } from "../controls/name-input.tsx";
import { Pending } from "../controls/pending.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { usePipelineNames } from "../pipelines/use-stored-pipelines.ts";
import { ScheduleEditor } from "../schedules/schedule-editor.tsx";
import { isPossible } from "../schedules/schedule-choice.ts";
import { modesOf } from "../streams/stream-modes.ts";
import { everything, selectionSettings } from "../streams/stream-selection.ts";
import { useOfferedStreams } from "../streams/use-offered-streams.ts";
import { PlanView } from "../streams/plan-view.tsx";
import type { Order } from "./create-pipeline.ts";
import type { Choices } from "./kept-choices.ts";
import { StepHeading } from "./step-heading.tsx";
import styles from "./review-step.module.css";
import wizard from "./wizard-page.module.css";

/** Shows what the first run will do, when later ones come, and orders the pipeline. */
export function ReviewStep({ source, destination, choices, onChange, isBusy, error, onOrder }: ReviewStepProps) {
  const { selection, schedule } = choices;
  const from = useConnectorOf(source);
  const to = useConnectorOf(destination);
  const names = usePipelineNames();
  const offered = useOfferedStreams(source);
  const capabilities = to.connector?.capabilities;
  const settings = useMemo(() => {
    const streams = offered.streams ?? [];
    return selectionSettings(selection ?? everything(streams), streams, modesOf(capabilities));
  }, [offered.streams, selection, capabilities]);
  const isKnown = from.connection !== undefined && to.connector !== undefined && offered.streams !== undefined;
  const plan = api.useQuery(
    "post",
    "/v1/pipelines/plan",
    { body: { source_id: source, destination_id: destination, settings } },
    // who comes back from correcting what was refused sees another plan
    { enabled: isKnown, staleTime: ({ state }) => (isRefused(state.data) ? 0 : Infinity) },
  );
  const failed = [from, to, offered].find((each) => each.error !== null);
  if (from.connection === undefined || to.connection === undefined || !isKnown || isLasting(failed?.error ?? null))
    return <Pending what="the choices" error={failed?.error ?? null} onRetry={() => failed?.retry()} />;
  const usual = `${connectorWords(from.connection.connector)} to ${connectorWords(to.connection.connector)}`;
  const name = choices.name ?? freeName(usual, [...names.values()]);
  return (
    <form
      className={styles.review}
      onSubmit={(event) => {
        event.preventDefault();
        const fields = { name: name.trim(), source_id: source, destination_id: destination, settings };
        onOrder({ fields, schedule });
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
      <Card
        title="Plan"
        note={plan.data === undefined ? "What the first run will do" : undefined}
        actions={
          plan.data === undefined ? undefined : (
            <Button icon={RotateCw} isBusy={plan.isFetching} onClick={() => void plan.refetch()}>
              Ask both again
            </Button>
          )
        }
      >
        {plan.error === null ? null : <TroubleNotice error={plan.error} onRetry={() => void plan.refetch()} />}
        {plan.data === undefined ? (
          plan.error === null ? (
            <Loading what="the plan" />
          ) : null
        ) : (
          <PlanView plan={plan.data} source={from.connection.name} destination={to.connection.name} />
        )}
      </Card>
      {error === null ? null : <TroubleNotice error={error} />}
      <div className={wizard.actions}>
        <Button
          type="submit"
          variant="primary"
          isBusy={isBusy}
          disabled={isRefused(plan.data) || !isPossible(schedule)}
        >
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
  isBusy: boolean;
  /** What the last order failed with; null for nothing. */
  error: unknown;
  onOrder: (order: Order) => void;
};

/** Whether a side cannot be used as it is, so that a run would only fail. */
function isRefused(plan: Schemas["RunPlan"] | undefined): boolean {
  return plan?.source.status === "failed" || plan?.destination.status === "failed";
}
