import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client.ts";
import { Field } from "../controls/field.tsx";
import { FormDialog } from "../controls/form-dialog.tsx";
import { NameInput } from "../controls/name-input.tsx";
import { EVENT_WORDS, KIND_WORDS, type NoticeEvent, type NoticeKind } from "./notification-words.ts";
import styles from "./settings.module.css";

const S_PER_H = 3600;
const USUAL_HOURS = 24;

/** Has somebody told, by a webhook, by Slack or by mail. */
export function NewNotificationDialog({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<NoticeKind>("slack");
  const [address, setAddress] = useState("");
  const [events, setEvents] = useState<readonly NoticeEvent[]>(["failure", "recovery"]);
  const [hours, setHours] = useState(USUAL_HOURS);
  const make = api.useMutation("post", "/v1/notifications", {
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries({ queryKey: ["get", "/v1/notifications"] });
    },
  });
  const submit = () =>
    make.mutateAsync({
      body: { name: name.trim(), events: [...events], silence_s: hours * S_PER_H, target: targetOf(kind, address) },
    });
  return (
    <FormDialog
      title="New notification"
      verb="Make it"
      isBusy={make.isPending}
      isDisabled={events.length === 0}
      error={make.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field label="Name">{(control) => <NameInput control={control} value={name} onChange={setName} />}</Field>
      <Field label="By">
        {(control) => (
          <select {...control} value={kind} onChange={({ target }) => setKind(target.value as NoticeKind)}>
            {Object.entries(KIND_WORDS).map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        )}
      </Field>
      {kind === "email" ? (
        <Field label="To" help="Several addresses are set apart by commas.">
          {(control) => (
            <input
              {...control}
              required
              type="email"
              multiple
              value={address}
              onChange={({ target }) => setAddress(target.value)}
            />
          )}
        </Field>
      ) : (
        <Field label="URL" help="It is stored encrypted, since whoever knows it may send to it.">
          {(control) => (
            <input
              {...control}
              required
              type="url"
              value={address}
              onChange={({ target }) => setAddress(target.value)}
            />
          )}
        </Field>
      )}
      <fieldset className={styles.choices}>
        <legend>Tells of</legend>
        {(Object.entries(EVENT_WORDS) as [NoticeEvent, string][]).map(([event, words]) => (
          <label key={event}>
            <input
              type="checkbox"
              checked={events.includes(event)}
              onChange={({ target }) =>
                setEvents(target.checked ? [...events, event] : events.filter((each) => each !== event))
              }
            />
            {words}
          </label>
        ))}
      </fieldset>
      {events.includes("silence") ? (
        <Field label="Long is, in hours">
          {(control) => (
            <input
              {...control}
              type="number"
              required
              min={1}
              max={8760}
              value={hours}
              onChange={({ target }) => setHours(target.valueAsNumber)}
            />
          )}
        </Field>
      ) : null}
    </FormDialog>
  );
}

function targetOf(kind: NoticeKind, address: string) {
  if (kind !== "email") return { kind, url: address.trim() };
  return { kind, to: address.split(",").map((each) => each.trim()) };
}
