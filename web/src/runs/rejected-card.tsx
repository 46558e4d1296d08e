import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { api } from "../api/client.ts";
import { BY_CURSOR } from "../api/pages.ts";
import { isLasting } from "../api/problem.ts";
import { Button } from "../controls/button.tsx";
import { Card } from "../controls/card.tsx";
import { download } from "../controls/download.ts";
import { Loading } from "../controls/loading.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { useMay } from "../session/session.ts";
import { indented } from "../states/json-text.ts";
import { rejectedFile } from "./rejected-file.ts";
import styles from "./rejected-card.module.css";

const PAGE = 50;
const REFRESH_MS = 5_000;

/** The records that the destination could not store, each with the reason. */
export function RejectedCard({ runId, isLive }: { runId: string; isLive: boolean }) {
  const maySee = useMay("operator");
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = api.useInfiniteQuery(
    "get",
    "/v1/runs/{id}/dead-letters",
    { params: { path: { id: runId }, query: { limit: PAGE } } },
    {
      enabled: maySee,
      ...BY_CURSOR,
      refetchInterval: isLive ? REFRESH_MS : false,
    },
  );
  const save = useMutation({
    mutationFn: () => rejectedFile(runId),
    onSuccess: (content) => download({ name: `rejected-${runId}.ndjson`, type: "application/x-ndjson", content }),
  });
  return (
    <div className={styles.card}>
      <Card
        title="Rejected rows"
        note="The first thousand of a run are kept."
        isFlush
        actions={
          maySee ? (
            <Button icon={Download} isBusy={save.isPending} onClick={() => save.mutate()}>
              Download them
            </Button>
          ) : undefined
        }
      >
        {save.error === null ? null : <TroubleNotice error={save.error} />}
        {maySee ? null : <p className={styles.none}>An operator may see them, since they hold data.</p>}
        {error !== null && (data === undefined || isLasting(error)) ? (
          <TroubleNotice error={error} onRetry={() => void refetch()} />
        ) : null}
        {maySee && data === undefined && error === null ? <Loading what="the rejected rows" /> : null}
        <ul>
          {data?.pages
            .flatMap(({ items }) => items)
            .map(({ number, stream, reason, line }) => (
              <li key={number} className={styles.row}>
                <details>
                  <summary>
                    <strong>{stream}</strong> {reason}
                  </summary>
                  {line === null ? (
                    <p className={styles.none}>It was too long to be kept.</p>
                  ) : (
                    <pre tabIndex={0}>{indented(line)}</pre>
                  )}
                </details>
              </li>
            ))}
        </ul>
        {hasNextPage ? (
          <div className={styles.more}>
            <Button isBusy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              Show more
            </Button>
          </div>
        ) : null}
      </Card>
    </div>
  );
}
