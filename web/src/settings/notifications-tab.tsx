import { useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { api, client, type Schemas } from "../api/client.ts";
import { useAllPages } from "../api/pages.ts";
import { isLasting } from "../api/problem.ts";
import { Button } from "../controls/button.tsx";
import { Card } from "../controls/card.tsx";
import { ConfirmDialog } from "../controls/confirm-dialog.tsx";
import { durationInWords } from "../controls/instant-words.ts";
import { Pending } from "../controls/pending.tsx";
import { Notice } from "../controls/notice.tsx";
import { Table } from "../controls/table.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { EVENT_WORDS, KIND_WORDS } from "./notification-words.ts";
import { FailedNotices } from "./failed-notices.tsx";
import { NewNotificationDialog } from "./new-notification-dialog.tsx";
import styles from "./settings.module.css";

type Notification = Schemas["Notification"];

/** Who is told of failures, of recoveries and of silence. */
export function NotificationsTab() {
  const { data, error, refetch } = useAllPages(["/v1/notifications"], ({ query, signal }) =>
    client.GET("/v1/notifications", { params: { query }, signal }),
  );
  const [isMaking, setMaking] = useState(false);
  const [removed, setRemoved] = useState<Notification>();
  const test = api.useMutation("post", "/v1/notifications/{id}/test");
  if (data === undefined || isLasting(error))
    return <Pending what="notifications" error={error} onRetry={() => void refetch()} />;
  return (
    <div className={styles.cards}>
      {test.error === null ? null : <TroubleNotice error={test.error} />}
      {test.isSuccess ? <Notice tone="good" title="The notice was taken" /> : null}
      <Card
        title="Notifications"
        note="The first failure after a success is told, the first success after that, and silence."
        isFlush
        actions={
          <Button variant="primary" icon={Plus} onClick={() => setMaking(true)}>
            New notification
          </Button>
        }
      >
        {data.length === 0 ? (
          <p className={styles.none}>Nobody is told of anything yet.</p>
        ) : (
          <Table
            caption="Who is told of what"
            columns={[{ name: "Name" }, { name: "To" }, { name: "When" }, { name: "What to do" }]}
          >
            {data.map((each) => (
              <tr key={each.id}>
                <td>{each.name}</td>
                <td>
                  {KIND_WORDS[each.kind]}: {each.shown_target}
                </td>
                <td>{whenWords(each)}</td>
                <td>
                  <span className={styles.actions}>
                    <Button
                      isBusy={test.isPending && test.variables.params.path.id === each.id}
                      aria-label={`Try ${each.name}`}
                      onClick={() => test.mutate({ params: { path: { id: each.id } } })}
                    >
                      Try it
                    </Button>
                    <Button variant="danger" aria-label={`Delete ${each.name}`} onClick={() => setRemoved(each)}>
                      Delete
                    </Button>
                  </span>
                </td>
              </tr>
            ))}
          </Table>
        )}
      </Card>
      <FailedNotices />
      {isMaking ? <NewNotificationDialog onClose={() => setMaking(false)} /> : null}
      {removed === undefined ? null : <RemoveDialog notification={removed} onClose={() => setRemoved(undefined)} />}
    </div>
  );
}

function whenWords({ events, silence_s: silenceS }: Notification): string {
  return events
    .map((event) =>
      event === "silence" ? `no success for ${durationInWords(silenceS * 1000)}` : EVENT_WORDS[event].toLowerCase(),
    )
    .join(", ");
}

function RemoveDialog({ notification: { id, name }, onClose }: { notification: Notification; onClose: () => void }) {
  const queries = useQueryClient();
  const remove = api.useMutation("delete", "/v1/notifications/{id}", {
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries({ queryKey: ["get", "/v1/notifications"] });
    },
  });
  return (
    <ConfirmDialog
      title={`Delete ${name}?`}
      verb="Delete"
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ params: { path: { id } } })}
      onClose={onClose}
    >
      It is not told of anything any more.
    </ConfirmDialog>
  );
}
