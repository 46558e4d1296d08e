import { Link, getRouteApi, useNavigate } from "@tanstack/react-router";
import { PageHeader } from "../app/page-header.tsx";
import { useMay } from "../session/session.ts";
import { Notice } from "../controls/notice.tsx";
import { ConnectionStep } from "./connection-step.tsx";
import { useCreatePipeline } from "./create-pipeline.ts";
import { useKeptChoices } from "./kept-choices.ts";
import { PartlyMade } from "./partly-made.tsx";
import { ReviewStep } from "./review-step.tsx";
import { StepList } from "./step-list.tsx";
import { StreamsStep } from "./streams-step.tsx";
import styles from "./wizard-page.module.css";
import type { Step } from "./wizard-search.ts";

const route = getRouteApi("/pipelines/new");

/** Makes a pipeline in four steps: where from, where to, what, and a look at the plan before it runs. */
export function WizardPage() {
  const { step: wanted = "source", source, destination } = route.useSearch();
  const navigate = useNavigate({ from: "/pipelines/new" });
  const [choices, choose] = useKeptChoices(source);
  const { create, isBusy, error, rest } = useCreatePipeline();
  const mayMake = useMay("admin");
  const step = reachable(wanted, { source, destination });
  const go = (next: Partial<{ step: Step; source: string; destination: string }>) =>
    void navigate({ search: (now) => ({ ...now, ...next }) });
  if (!mayMake)
    return (
      <>
        <PageHeader title="New pipeline" above={<Link to="/pipelines">Pipelines</Link>} />
        <Notice tone="warn" title="This token may not make pipelines">
          <p>Ask an admin of this server for a token with the role admin.</p>
        </Notice>
      </>
    );
  if (rest !== undefined)
    return (
      <>
        <PageHeader title="New pipeline" above={<Link to="/pipelines">Pipelines</Link>} />
        <PartlyMade order={rest} error={error} isBusy={isBusy} onRetry={() => create(rest)} />
      </>
    );
  return (
    <>
      <PageHeader title="New pipeline" above={<Link to="/pipelines">Pipelines</Link>} />
      <div className={styles.wizard}>
        <StepList
          step={step}
          isDone={{ source: source !== undefined, destination: destination !== undefined, streams: step === "review" }}
        />
        <div className={styles.step}>
          {step === "source" ? (
            <ConnectionStep
              key="source"
              kind="source"
              chosen={source}
              onDone={(id) => go({ source: id, step: destination === undefined ? "destination" : "streams" })}
            />
          ) : null}
          {step === "destination" ? (
            <ConnectionStep
              key="destination"
              kind="destination"
              chosen={destination}
              onDone={(id) => go({ destination: id, step: "streams" })}
            />
          ) : null}
          {step === "streams" && source !== undefined && destination !== undefined ? (
            <StreamsStep
              source={source}
              destination={destination}
              selection={choices.selection}
              onChange={(chosen) => choose({ selection: chosen })}
              onDone={() => go({ step: "review" })}
            />
          ) : null}
          {step === "review" && source !== undefined && destination !== undefined ? (
            <ReviewStep
              source={source}
              destination={destination}
              choices={choices}
              onChange={choose}
              isBusy={isBusy}
              error={error}
              onOrder={create}
            />
          ) : null}
        </div>
      </div>
    </>
  );
}

/** Yields the step itself, or the first one before it that lacks a connection, such as after a reload. */
function reachable(
  wanted: Step,
  { source, destination }: { source: string | undefined; destination: string | undefined },
): Step {
  if (wanted === "source" || source === undefined) return "source";
  if (wanted === "destination" || destination === undefined) return "destination";
  return wanted;
}
