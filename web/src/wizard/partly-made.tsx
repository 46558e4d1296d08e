import { Button } from "../controls/button.tsx";
import { LinkButton } from "../controls/link-button.tsx";
import { Notice } from "../controls/notice.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import type { PartOrder } from "./create-pipeline.ts";
import { StepHeading } from "./step-heading.tsx";
import styles from "./wizard-page.module.css";

/** Tells that a pipeline is made and what of it is not, which can be tried again, or made at the pipeline itself. */
export function PartlyMade({ order, error, isBusy, onRetry }: PartlyMadeProps) {
  const { pipelineId, isScheduled } = order.made;
  return (
    <div className={styles.step}>
      <StepHeading>{order.fields.name} is made</StepHeading>
      <Notice
        tone="warn"
        title={isScheduled ? "Its first run is missing" : "Its schedule and its first run are missing"}
        actions={
          <>
            <LinkButton to="/pipelines/$pipelineId" params={{ pipelineId }}>
              Go to the pipeline
            </LinkButton>
            <Button variant="primary" isBusy={isBusy} onClick={onRetry}>
              Try again
            </Button>
          </>
        }
      >
        <p>The pipeline itself stays as it is; what is to be different is changed there.</p>
      </Notice>
      {error === null ? null : <TroubleNotice error={error} />}
    </div>
  );
}

export type PartlyMadeProps = { order: PartOrder; error: unknown; isBusy: boolean; onRetry: () => void };
