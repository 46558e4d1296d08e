import { log } from "@sluice/protocol/stdio";
import type { Summary } from "@sluice/runner";
import type { NotificationEvent } from "../store/notifications.ts";
import { repeat } from "../repeat.ts";
import type { Store } from "../store/store.ts";
import { noteEvents } from "./note-events.ts";
import { send, type MailSettings, type Notice } from "./send.ts";

const LOOK_EVERY_MS = 10_000;
const MAX_ATTEMPTS = 12;
/** Doubles with each attempt: the last one is 17 hours after the first. */
const BACKOFF_S = 30;
/** No receiver takes longer: each step of a mail has ten seconds. */
const MOST_SENDING_S = 300;

type Due = {
  notification_id: string;
  event: NotificationEvent;
  subject: string;
  attempts: number;
  noted_at: Date;
  pipeline_id: string;
  pipeline: string;
  run_id: string | null;
  status: string | null;
  summary: Summary | null;
};

/** Tells those who want to know, until it is taken. Of several programs one delivers each notice at a time. */
export function keepNotifying(store: Store, mail: MailSettings | undefined): AsyncDisposable {
  const waits = "Nobody could be notified for now";
  return repeat({ everyMs: LOOK_EVERY_MS, waits, work: () => notify(store, mail) });
}

/** Notes what is new and delivers what is due; resolves to how many notices were taken. */
export async function notify(store: Store, mail: MailSettings | undefined): Promise<number> {
  await noteEvents(store.database.pool);
  let count = 0;
  for (;;) {
    const taken = await deliverOne(store, mail);
    if (taken === undefined) return count;
    if (taken) count += 1;
  }
}

/** Delivers one notice that is due; resolves to whether it was taken, undefined when none is due. */
async function deliverOne({ database, notifications }: Store, mail: MailSettings | undefined) {
  return database.transaction(async (client) => {
    // whoever is told may be slow; meanwhile nothing but the delivery is locked
    await client.query(`SET LOCAL idle_in_transaction_session_timeout = '${MOST_SENDING_S} s'`);
    const { rows } = await client.query<Due>(
      `SELECT d.notification_id, d.event, d.subject, d.attempts, d.noted_at, d.pipeline_id, p.name AS pipeline,
              d.run_id, r.status, r.summary
         FROM deliveries d JOIN pipelines p ON p.id = d.pipeline_id LEFT JOIN runs r ON r.id = d.run_id
        WHERE d.next_at <= now() ORDER BY d.next_at LIMIT 1 FOR UPDATE OF d SKIP LOCKED`,
    );
    const due = rows[0];
    if (due === undefined) return undefined;
    const key = [due.notification_id, due.event, due.subject];
    try {
      await send(noticeOf(due), await notifications.targetOf(due.notification_id), mail);
    } catch (error) {
      const isLast = due.attempts + 1 >= MAX_ATTEMPTS;
      const reason = error instanceof Error ? error.message : String(error);
      log("warn", `A notice of ${due.pipeline_id} was not taken${isLast ? " and is given up" : ""}: ${reason}`);
      await client.query(
        `UPDATE deliveries SET attempts = attempts + 1, failure = $4,
                next_at = CASE WHEN $5 THEN NULL ELSE now() + $6::float8 * 2 ^ attempts * interval '1 second' END
          WHERE notification_id = $1 AND event = $2 AND subject = $3`,
        [...key, reason, isLast, BACKOFF_S],
      );
      return false;
    }
    await client.query(
      `UPDATE deliveries SET attempts = attempts + 1, failure = NULL, next_at = NULL, delivered_at = now()
        WHERE notification_id = $1 AND event = $2 AND subject = $3`,
      key,
    );
    return true;
  });
}

function noticeOf({ event, pipeline_id, pipeline, run_id, status, summary, noted_at }: Due): Notice {
  const failure = summary?.failure?.message ?? null;
  const texts: Record<NotificationEvent, string> = {
    failure: `${pipeline} failed${failure === null ? "" : `: ${failure}`}\n${summary?.next ?? ""}`,
    recovery: `${pipeline} succeeded again`,
    silence: `${pipeline} has not succeeded for a while`,
  };
  return {
    event,
    text: texts[event].trimEnd(),
    pipeline: { id: pipeline_id, name: pipeline },
    run: run_id === null || status === null ? null : { id: run_id, status, failure },
    at: noted_at.toISOString(),
  };
}
