import { Pencil, RotateCcw } from "lucide-react";
import { useState } from "react";
import { api, type Schemas } from "../api/client.ts";
import { Button } from "../controls/button.tsx";
import { Card } from "../controls/card.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { useMay } from "../session/session.ts";
import { EditDialog } from "./edit-dialog.tsx";
import { indented } from "./json-text.ts";
import { ResetDialog } from "./reset-dialog.tsx";
import { historyOf, streamName, type ShownState } from "./state-entry.ts";
import styles from "./state-detail.module.css";
import { StateHistory } from "./state-history.tsx";

/** The state of a stream as it is, its past, and what can be done about it. */
export function StateDetail({ pipelineId, newest, chosen }: StateDetailProps) {
  const mayChange = useMay("operator");
  const params = { path: { id: pipelineId } };
  const history = api.useQuery("get", "/v1/pipelines/{id}/states/history", { params });
  const [isResetting, setResetting] = useState(false);
  const [draft, setDraft] = useState<string>();
  const name = streamName(chosen);
  return (
    <div className={styles.detail}>
      <Card
        title={name}
        actions={
          mayChange ? (
            <>
              <Button icon={Pencil} onClick={() => setDraft(indented(chosen.line))}>
                Edit
              </Button>
              {chosen.stream === null ? null : (
                <Button variant="danger" icon={RotateCcw} onClick={() => setResetting(true)}>
                  Read it anew
                </Button>
              )}
            </>
          ) : undefined
        }
      >
        <section className={styles.text} tabIndex={0} aria-label={`State of ${name}`}>
          <pre>{indented(chosen.line)}</pre>
        </section>
      </Card>
      {history.error === null ? null : <TroubleNotice error={history.error} />}
      <StateHistory
        past={history.data === undefined ? undefined : historyOf(history.data.states, chosen.stream)}
        now={chosen}
        onRestore={mayChange ? (state) => setDraft(indented(state.line)) : undefined}
      />
      {isResetting && chosen.stream !== null ? (
        <ResetDialog
          pipelineId={pipelineId}
          newest={newest}
          stream={chosen.stream}
          onClose={() => setResetting(false)}
        />
      ) : null}
      {draft === undefined ? null : (
        <EditDialog
          pipelineId={pipelineId}
          newest={newest}
          stream={chosen.stream}
          draft={draft}
          onClose={() => setDraft(undefined)}
        />
      )}
    </div>
  );
}

export type StateDetailProps = {
  pipelineId: string;
  newest: Schemas["NewestStates"];
  /** One of them. */
  chosen: ShownState;
};
