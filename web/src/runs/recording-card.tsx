import { useMutation } from "@tanstack/react-query";
import { Download, TableProperties } from "lucide-react";
import { Button } from "../controls/button.tsx";
import { Card } from "../controls/card.tsx";
import { download } from "../controls/download.ts";
import { LinkButton } from "../controls/link-button.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { useMay } from "../session/session.ts";
import { recordingName, recordingOf } from "./recording.ts";
import styles from "./recording-card.module.css";

/** What the source said in a run that was begun with a recording: to be kept as a file, or looked at as tables. */
export function RecordingCard({ runId, isLive }: { runId: string; isLive: boolean }) {
  const maySee = useMay("operator");
  const save = useMutation({
    mutationFn: () => recordingOf(runId),
    onSuccess: (content) => download({ name: recordingName(runId), type: "application/gzip", content }),
  });
  return (
    <div className={styles.card}>
      <Card
        title="Recording"
        actions={
          maySee ? (
            <>
              <LinkButton icon={TableProperties} to="/explorer" search={{ recording: runId }}>
                Open in the explorer
              </LinkButton>
              <Button icon={Download} isBusy={save.isPending} onClick={() => save.mutate()}>
                Download it
              </Button>
            </>
          ) : undefined
        }
      >
        <p>
          What the source said in the last attempt{isLive ? " so far" : ""}, each value replaced by one of its shape, as
          a file for <code>sluice replay</code> or a bug report. {maySee ? "" : "An operator may get it."}
        </p>
        {save.error === null ? null : <TroubleNotice error={save.error} />}
      </Card>
    </div>
  );
}
