import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { api, type Schemas } from "../api/client.ts";
import { isLasting } from "../api/problem.ts";
import { useConnectorOf } from "../connections/use-connector.ts";
import { Button } from "../controls/button.tsx";
import { Card } from "../controls/card.tsx";
import { Pending } from "../controls/pending.tsx";
import { Notice } from "../controls/notice.tsx";
import { FOR_ADMINS, useMay } from "../session/session.ts";
import { AccessCard } from "../streams/access-card.tsx";
import { modesOf } from "../streams/stream-modes.ts";
import { StreamPicker } from "../streams/stream-picker.tsx";
import { selectionSettings, type StreamSelection } from "../streams/stream-selection.ts";
import { storedSelection } from "../streams/stored-selection.ts";
import { useOfferedStreams } from "../streams/use-offered-streams.ts";
import { ReviewDialog } from "./review-dialog.tsx";
import styles from "./streams-tab.module.css";

const route = getRouteApi("/pipelines/$pipelineId/streams");

/** Which streams a pipeline moves, and how; what the source may read of them. */
export function StreamsTab() {
  const { pipelineId } = route.useParams();
  const pipeline = api.useQuery("get", "/v1/pipelines/{id}", { params: { path: { id: pipelineId } } });
  if (pipeline.data === undefined || isLasting(pipeline.error))
    return <Pending what="the streams" error={pipeline.error} />;
  return <PipelineStreams key={pipeline.data.id} newest={pipeline.data} />;
}

function PipelineStreams({ newest }: { newest: Schemas["Pipeline"] }) {
  const mayChange = useMay("admin");
  // what a change began from, whatever was loaded since
  const [base, setBase] = useState<Schemas["Pipeline"]>();
  const pipeline = base ?? newest;
  const offered = useOfferedStreams(pipeline.source_id);
  const target = useConnectorOf(pipeline.destination_id);
  const [changed, setChanged] = useState<StreamSelection>();
  const [isReviewing, setReviewing] = useState(false);
  const stored = useMemo(
    () => (offered.streams === undefined ? undefined : storedSelection(pipeline.settings, offered.streams)),
    [pipeline, offered.streams],
  );
  const error = offered.error ?? target.error;
  const retry = offered.error === null ? target.retry : offered.retry;
  if (offered.streams === undefined || target.connector === undefined || isLasting(error))
    return <Pending what="the streams of the source" error={error} onRetry={retry} />;
  const selection = changed ?? stored;
  if (selection === undefined) return <OnlyAsText settings={pipeline.settings} />;
  const modes = modesOf(target.connector.capabilities);
  const { streams: _, ...others } = pipeline.settings;
  const settings = { ...others, ...selectionSettings(selection, offered.streams, modes) };
  return (
    <div className={styles.cards}>
      <AccessCard streams={offered.streams} />
      <Card
        title="Streams"
        note={mayChange ? "Each becomes a table." : `Each becomes a table. ${FOR_ADMINS}`}
        isFlush
        actions={
          mayChange ? (
            <Button
              variant="primary"
              disabled={changed === undefined || selection.size === 0}
              onClick={() => setReviewing(true)}
            >
              See what changes
            </Button>
          ) : undefined
        }
      >
        <StreamPicker
          streams={offered.streams}
          selection={selection}
          modes={modes}
          isDisabled={!mayChange}
          onChange={(selected) => {
            setBase(pipeline);
            setChanged(selected);
          }}
        />
      </Card>
      {isReviewing ? (
        <ReviewDialog
          pipeline={pipeline}
          changed={{ settings }}
          onClose={() => setReviewing(false)}
          onSaved={() => {
            setReviewing(false);
            setBase(undefined);
            setChanged(undefined);
          }}
        />
      ) : null}
    </div>
  );
}

function OnlyAsText({ settings }: { settings: Schemas["Pipeline"]["settings"] }) {
  return (
    <Card title="Streams">
      <Notice tone="idle" title="This choice can be changed by the command line only">
        <p>
          It has patterns, ranges, limits or streams that the source does not offer now, which the page cannot show.
        </p>
      </Notice>
      <pre className={styles.text} tabIndex={0}>
        {JSON.stringify(settings["streams"], null, 2)}
      </pre>
    </Card>
  );
}
