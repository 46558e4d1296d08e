import { useMemo } from "react";
import { Field } from "../controls/field.tsx";
import { useNowMs } from "../controls/instant.tsx";
import { dayInstant, exactInstant, relativeInstant } from "../controls/instant-words.ts";
import {
  INTERVALS,
  nextInstants,
  ownTimeZone,
  scheduleWords,
  timeZones,
  type ScheduleChoice,
} from "./schedule-choice.ts";
import styles from "./schedule-editor.module.css";

const KINDS = [
  { value: "none", words: "By hand only" },
  ...INTERVALS.map(({ everyS, words }) => ({ value: String(everyS), words })),
  { value: "daily", words: "Every day at…" },
  { value: "workdays", words: "Every workday at…" },
  { value: "cron", words: "Cron expression…" },
];

/** Chooses when a pipeline runs, and shows in words when that will be. */
export function ScheduleEditor({ choice, onChange }: ScheduleEditorProps) {
  return (
    <div className={styles.editor}>
      <div className={styles.choices}>
        <Field label="Runs">
          {(control) => (
            <select
              {...control}
              value={kindOf(choice)}
              onChange={({ target }) => onChange(choiceFor(target.value, choice))}
            >
              {KINDS.map(({ value, words }) => (
                <option key={value} value={value}>
                  {words}
                </option>
              ))}
              {KINDS.some(({ value }) => value === kindOf(choice)) ? null : (
                <option value={kindOf(choice)}>{scheduleWords(choice)}</option>
              )}
            </select>
          )}
        </Field>
        {choice.type === "daily" ? (
          <Field label="At">
            {(control) => (
              <input
                {...control}
                type="time"
                required
                value={choice.time}
                onChange={({ target }) => onChange({ ...choice, time: target.value || choice.time })}
              />
            )}
          </Field>
        ) : null}
        {choice.type === "cron" ? (
          <Field label="Cron expression" help="Minute, hour, day, month, weekday.">
            {(control) => (
              <input
                {...control}
                value={choice.cron}
                spellCheck={false}
                onChange={({ target }) => onChange({ ...choice, cron: target.value })}
              />
            )}
          </Field>
        ) : null}
        {choice.type === "daily" || choice.type === "cron" ? (
          <Field label="Time zone">
            {(control) => (
              <select
                {...control}
                value={choice.timeZone}
                onChange={({ target }) => onChange({ ...choice, timeZone: target.value })}
              >
                {timeZones(choice.timeZone).map((zone) => (
                  <option key={zone}>{zone}</option>
                ))}
              </select>
            )}
          </Field>
        ) : null}
      </div>
      <ChosenInstants choice={choice} />
    </div>
  );
}

export type ScheduleEditorProps = { choice: ScheduleChoice; onChange: (choice: ScheduleChoice) => void };

/** When a choice would run next, five times from now; or what is wrong with it. */
function ChosenInstants({ choice }: { choice: ScheduleChoice }) {
  const nowMs = useNowMs();
  const next = useMemo(() => {
    try {
      return { instants: nextInstants(choice, new Date(nowMs)), fault: undefined };
    } catch (error) {
      return { instants: [], fault: error instanceof Error ? error.message : String(error) };
    }
  }, [choice, nowMs]);
  if (next.fault !== undefined)
    return (
      <p className={styles.fault} role="alert">
        {next.fault}
      </p>
    );
  if (choice.type === "none") return <p className={styles.words}>Nothing runs until somebody starts it.</p>;
  return <NextInstants words={scheduleWords(choice)} instants={next.instants.map((each) => each.toISOString())} />;
}

/** What a schedule is in words, and when it runs next, in the viewer's own zone. */
export function NextInstants({ words, instants }: { words: string; instants: readonly string[] }) {
  const nowMs = useNowMs();
  return (
    <div>
      <p className={styles.words}>{words}. The next five runs:</p>
      <ol className={styles.instants}>
        {instants.map((at) => (
          <li key={at}>
            <time dateTime={at} title={exactInstant(at)}>
              {dayInstant(at)}
            </time>
            <span className={styles.distance}>{relativeInstant(Date.parse(at), nowMs)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

function kindOf(choice: ScheduleChoice): string {
  if (choice.type === "every") return String(choice.everyS);
  return choice.type === "daily" && choice.days === "workdays" ? "workdays" : choice.type;
}

function choiceFor(kind: string, before: ScheduleChoice): ScheduleChoice {
  const timeZone = "timeZone" in before ? before.timeZone : ownTimeZone();
  const time = before.type === "daily" ? before.time : "06:00";
  if (kind === "none") return { type: "none" };
  if (kind === "daily" || kind === "workdays")
    return { type: "daily", time, days: kind === "daily" ? "all" : "workdays", timeZone };
  if (kind === "cron") return { type: "cron", cron: "0 6 * * *", timeZone };
  return { type: "every", everyS: Number(kind) };
}
