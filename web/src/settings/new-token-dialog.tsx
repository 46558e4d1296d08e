import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Schemas } from "../api/client.ts";
import { Button } from "../controls/button.tsx";
import { CopyButton } from "../controls/copy-button.tsx";
import { Dialog } from "../controls/dialog.tsx";
import { Field } from "../controls/field.tsx";
import { FormDialog } from "../controls/form-dialog.tsx";
import { NameInput } from "../controls/name-input.tsx";
import { Notice } from "../controls/notice.tsx";
import styles from "./settings.module.css";

type Role = Schemas["Token"]["role"];

const ROLES: Record<Role, string> = {
  viewer: "Viewer: looks",
  operator: "Operator: runs and repairs",
  admin: "Admin: does everything",
};
const DAY_MS = 86_400_000;
const ENDS = [
  { days: "", words: "Never" },
  { days: "7", words: "In 7 days" },
  { days: "30", words: "In 30 days" },
  { days: "90", words: "In 90 days" },
  { days: "365", words: "In a year" },
];

/** Makes a token, and shows its text this once. */
export function NewTokenDialog({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [days, setDays] = useState("90");
  const make = api.useMutation("post", "/v1/tokens", {
    onSuccess: () => queries.invalidateQueries({ queryKey: ["get", "/v1/tokens"] }),
  });
  if (make.data !== undefined) return <MadeToken text={make.data.text} onClose={onClose} />;
  const submit = () => {
    const end = days === "" ? {} : { expires_at: new Date(Date.now() + Number(days) * DAY_MS).toISOString() };
    return make.mutateAsync({ body: { name: name.trim(), role, ...end } });
  };
  return (
    <FormDialog
      title="New token"
      verb="Make the token"
      isBusy={make.isPending}
      error={make.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field label="Name" help="Whose it is, or what for.">
        {(control) => <NameInput control={control} value={name} onChange={setName} />}
      </Field>
      <Field label="Role">
        {(control) => (
          <select {...control} value={role} onChange={({ target }) => setRole(target.value as Role)}>
            {Object.entries(ROLES).map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Ends">
        {(control) => (
          <select {...control} value={days} onChange={({ target }) => setDays(target.value)}>
            {ENDS.map(({ days: value, words }) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        )}
      </Field>
    </FormDialog>
  );
}

function MadeToken({ text, onClose }: { text: string; onClose: () => void }) {
  return (
    <Dialog
      title="The token"
      onClose={onClose}
      actions={
        <>
          <CopyButton text={text} />
          <Button variant="primary" onClick={onClose}>
            I have kept it
          </Button>
        </>
      }
    >
      <Notice tone="warn" title="It is shown this once">
        <p>Keep it now; the server has only its hash and cannot show it again.</p>
      </Notice>
      <code className={styles.secret}>{text}</code>
    </Dialog>
  );
}
