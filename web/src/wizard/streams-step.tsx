import { useMemo } from "react";
import { isLasting } from "../api/problem.ts";
import { useConnectorOf } from "../connections/use-connector.ts";
import { Button } from "../controls/button.tsx";
import { Card } from "../controls/card.tsx";
import { Pending } from "../controls/pending.tsx";
import { AccessCard } from "../streams/access-card.tsx";
import { modesOf } from "../streams/stream-modes.ts";
import { StreamPicker } from "../streams/stream-picker.tsx";
import { everything, type StreamSelection } from "../streams/stream-selection.ts";
import { useOfferedStreams } from "../streams/use-offered-streams.ts";
import { StepHeading } from "./step-heading.tsx";
import styles from "./wizard-page.module.css";

/** Shows what the source may read, and chooses what of it is moved; at first that is everything. */
export function StreamsStep({ source, destination, selection, onChange, onDone }: StreamsStepProps) {
  const offered = useOfferedStreams(source);
  const target = useConnectorOf(destination);
  const all = useMemo(() => everything(offered.streams ?? []), [offered.streams]);
  const error = offered.error ?? target.error;
  const retry = offered.error === null ? target.retry : offered.retry;
  if (offered.streams === undefined || target.connector === undefined || isLasting(error))
    return <Pending what="the streams of the source" error={error} onRetry={retry} />;
  const chosen = selection ?? all;
  return (
    <>
      <StepHeading>What is moved?</StepHeading>
      <AccessCard streams={offered.streams} />
      <Card title="Streams" note="Each becomes a table." isFlush>
        <StreamPicker
          streams={offered.streams}
          selection={chosen}
          modes={modesOf(target.connector.capabilities)}
          onChange={onChange}
        />
      </Card>
      <div className={styles.actions}>
        <Button variant="primary" disabled={chosen.size === 0} onClick={onDone}>
          Continue with {chosen.size} {chosen.size === 1 ? "stream" : "streams"}
        </Button>
      </div>
    </>
  );
}

export type StreamsStepProps = {
  source: string;
  destination: string;
  /** Undefined for everything. */
  selection: StreamSelection | undefined;
  onChange: (selection: StreamSelection) => void;
  onDone: () => void;
};
