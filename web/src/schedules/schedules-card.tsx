import { Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { client, type Schemas } from "../api/client.ts";
import { useAllPages } from "../api/pages.ts";
import { Button } from "../controls/button.tsx";
import { Card } from "../controls/card.tsx";
import { ConfirmDialog } from "../controls/confirm-dialog.tsx";
import { IconButton } from "../controls/icon-button.tsx";
import { Instant, useNowMs } from "../controls/instant.tsx";
import { Notice } from "../controls/notice.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { useMay } from "../session/session.ts";
import { choiceOf, scheduleWords } from "./schedule-choice.ts";
import { ScheduleDialog } from "./schedule-dialog.tsx";
import styles from "./schedules-card.module.css";
import { NextInstants } from "./schedule-editor.tsx";
import { useDeleteSchedule } from "./use-schedules.ts";

/** The next instants pass. */
const REFRESH_MS = 10_000;

type Schedule = Schemas["Schedule"];

/** When a pipeline runs by itself: each schedule in words with its next five instants, and what keeps it from them. */
export function SchedulesCard({ pipelineId }: { pipelineId: string }) {
  const mayChange = useMay("admin");
  const { data, error, refetch } = useAllPages(
    ["/v1/pipelines/{id}/schedules", pipelineId],
    ({ query, signal }) =>
      client.GET("/v1/pipelines/{id}/schedules", { params: { path: { id: pipelineId }, query }, signal }),
    { refetchInterval: REFRESH_MS },
  );
  const [edited, setEdited] = useState<Schedule | "new">();
  return (
    <Card
      title="Schedules"
      actions={
        mayChange ? (
          <Button icon={Plus} onClick={() => setEdited("new")}>
            Add a schedule
          </Button>
        ) : undefined
      }
    >
      {error === null ? null : <TroubleNotice error={error} onRetry={() => void refetch()} />}
      {data?.length === 0 ? <p className={styles.none}>It runs only when somebody starts it.</p> : null}
      <ul className={styles.schedules}>
        {data?.map((schedule) => (
          <ScheduleItem
            key={schedule.id}
            schedule={schedule}
            onEdit={mayChange ? () => setEdited(schedule) : undefined}
          />
        ))}
      </ul>
      {edited === undefined ? null : (
        <ScheduleDialog
          pipelineId={pipelineId}
          schedule={edited === "new" ? undefined : edited}
          onClose={() => setEdited(undefined)}
        />
      )}
    </Card>
  );
}

function ScheduleItem({ schedule, onEdit }: { schedule: Schedule; onEdit: (() => void) | undefined }) {
  const nowMs = useNowMs();
  const [isRemoved, setRemoved] = useState(false);
  const words = scheduleWords(choiceOf(schedule));
  const { paused, held_back_until: heldUntil, held_back_because: why, next_runs: nextRuns } = schedule;
  return (
    <li className={styles.schedule}>
      <div className={styles.when}>
        {paused ? <p>{words}, but the pipeline is paused.</p> : <NextInstants words={words} instants={nextRuns} />}
      </div>
      {onEdit === undefined ? null : (
        <div className={styles.actions}>
          <IconButton icon={Pencil} label={`Change “${words}”`} onClick={onEdit} />
          <IconButton icon={Trash2} label={`Delete “${words}”`} onClick={() => setRemoved(true)} />
        </div>
      )}
      {heldUntil === null || Date.parse(heldUntil) < nowMs ? null : (
        <Notice tone="warn" title="It rests after failures">
          <p>
            {why} It runs again <Instant at={heldUntil} />, or as soon as a run that somebody starts succeeds.
          </p>
        </Notice>
      )}
      <Skipped schedule={schedule} />
      {isRemoved ? <RemoveDialog id={schedule.id} words={words} onClose={() => setRemoved(false)} /> : null}
    </li>
  );
}

function RemoveDialog({ id, words, onClose }: { id: string; words: string; onClose: () => void }) {
  const remove = useDeleteSchedule();
  return (
    <ConfirmDialog
      title="Delete the schedule?"
      verb="Delete"
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ params: { path: { id } } }, { onSuccess: onClose })}
      onClose={onClose}
    >
      {words}: it begins no run any more.
    </ConfirmDialog>
  );
}

function Skipped({ schedule: { skipped_at: at, skipped_because: why } }: { schedule: Schedule }) {
  if (at === null) return null;
  return (
    <p className={styles.none}>
      Nothing began <Instant at={at} />
      {why === null ? "" : `: ${why}`}
    </p>
  );
}
