import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { api } from "../api/client.ts";
import { isLasting } from "../api/problem.ts";
import { Button } from "../controls/button.tsx";
import { Card } from "../controls/card.tsx";
import { EmptyState } from "../controls/empty-state.tsx";
import { Pending } from "../controls/pending.tsx";
import { useMay } from "../session/session.ts";
import { ResetDialog } from "./reset-dialog.tsx";
import { streamName } from "./state-entry.ts";
import { StateDetail } from "./state-detail.tsx";
import styles from "./states-tab.module.css";

const route = getRouteApi("/pipelines/$pipelineId/states");
const REFRESH_MS = 5_000;

/** Where a pipeline goes on from, stream by stream: now and in the past, to be corrected or forgotten. */
export function StatesTab() {
  const { pipelineId } = route.useParams();
  const { stream: wanted } = route.useSearch();
  const navigate = useNavigate();
  const params = { path: { id: pipelineId } };
  const { data, error, refetch } = api.useQuery(
    "get",
    "/v1/pipelines/{id}/states",
    { params },
    // the first run is waited for
    { refetchInterval: ({ state }) => (state.data?.states.length === 0 ? REFRESH_MS : false) },
  );
  const mayChange = useMay("operator");
  const [isResetting, setResetting] = useState(false);
  if (data === undefined || isLasting(error))
    return <Pending what="the states" error={error} onRetry={() => void refetch()} />;
  const { states } = data;
  if (states.length === 0)
    return (
      <EmptyState
        title="No states yet"
        explanation="After its first run, this is where each stream goes on from. Until then everything is read."
      />
    );
  const chosen = states.find((state) => streamName(state) === wanted) ?? states[0];
  return (
    <div className={styles.parts}>
      <Card
        title="Streams"
        isFlush
        actions={
          mayChange ? (
            <Button variant="danger" icon={RotateCcw} onClick={() => setResetting(true)}>
              Forget all
            </Button>
          ) : undefined
        }
      >
        <ul className={styles.streams}>
          {states.map((state) => (
            <li key={streamName(state)}>
              <button
                type="button"
                className={styles.stream}
                aria-current={state === chosen}
                onClick={() =>
                  void navigate({
                    to: "/pipelines/$pipelineId/states",
                    params: { pipelineId },
                    search: { stream: streamName(state) },
                    replace: true,
                  })
                }
              >
                {streamName(state)}
              </button>
            </li>
          ))}
        </ul>
      </Card>
      {chosen === undefined ? null : (
        <StateDetail key={streamName(chosen)} pipelineId={pipelineId} newest={data} chosen={chosen} />
      )}
      {isResetting ? (
        <ResetDialog pipelineId={pipelineId} newest={data} stream={undefined} onClose={() => setResetting(false)} />
      ) : null}
    </div>
  );
}
