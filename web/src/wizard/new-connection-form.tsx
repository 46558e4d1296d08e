import { useState } from "react";
import { api, type Schemas } from "../api/client.ts";
import { isProblem } from "../api/problem.ts";
import { ConfigForm } from "../connections/config-form.tsx";
import { configForm, suggestedConfig } from "../connections/config-schema.ts";
import { ConnectorMark } from "../connections/connector-mark.tsx";
import { connectorWords, freeName } from "../connections/names.ts";
import { useTryConfig, type Verdict } from "../connections/try-config.ts";
import { Button } from "../controls/button.tsx";
import { Field } from "../controls/field.tsx";
import { NameInput } from "../controls/name-input.tsx";
import { Notice } from "../controls/notice.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { StepHeading } from "./step-heading.tsx";
import styles from "./new-connection-form.module.css";

const FORM = "new-connection";
const NO_PROBLEMS: Verdict["fields"] = [];

/** Asks for what a connector needs, tries it, and stores the connection once it works. What is wrong stands at its field. */
export function NewConnectionForm({ connector, takenNames, onDone }: NewConnectionFormProps) {
  const [name, setName] = useState(() => freeName(connectorWords(connector.name), takenNames));
  const [data, setData] = useState(() => suggestedConfig(configForm(connector.config)));
  const [hasSubmitted, setSubmitted] = useState(false);
  const [verdict, setVerdict] = useState<Verdict>();
  const trying = useTryConfig();
  const make = api.useMutation("post", "/v1/connections");
  const submit = async (config: Record<string, unknown>) => {
    setSubmitted(true);
    if (name.trim() === "") return;
    const found = await trying.mutateAsync({ connector: connector.name, config }).catch(() => undefined);
    setVerdict(found);
    if (found?.status !== "succeeded") return;
    const body = { name: name.trim(), connector: connector.name, config, concurrent_runs: null };
    const made = await make.mutateAsync({ body }).catch(() => undefined);
    if (made !== undefined) onDone(made.id);
  };
  const isBusy = trying.isPending || make.isPending;
  const isNameless = hasSubmitted && name.trim() === "";
  const isNameTaken = isProblem(make.error) && make.error.code === "exists";
  const failed = verdict?.status === "failed" ? verdict : undefined;
  return (
    <div className={styles.form}>
      <div className={styles.head}>
        <ConnectorMark name={connector.name} />
        <StepHeading>Connect {connectorWords(connector.name)}</StepHeading>
      </div>
      <ConfigForm
        id={FORM}
        schema={connector.config}
        data={data}
        problems={failed?.fields ?? NO_PROBLEMS}
        onChange={(changed) => {
          setData(changed);
          if (failed !== undefined) setVerdict(undefined);
        }}
        onSubmit={submit}
      />
      <Field
        label="Name"
        help="How this connection is called in Sluice."
        error={
          isNameless
            ? "Give it a name."
            : isNameTaken
              ? "There is a connection of this name; choose another."
              : undefined
        }
      >
        {(control) => <NameInput control={control} value={name} onChange={setName} form={FORM} />}
      </Field>
      {failed === undefined || failed.fields.length > 0 ? null : (
        <Notice tone="bad" title={`${connectorWords(connector.name)} cannot be used like this`}>
          <p>{failed.message}</p>
        </Notice>
      )}
      {trying.error === null ? null : <TroubleNotice error={trying.error} />}
      {make.error === null || isNameTaken ? null : <TroubleNotice error={make.error} />}
      <div className={styles.actions}>
        <Button type="submit" form={FORM} variant="primary" isBusy={isBusy}>
          {isBusy ? "Trying it…" : "Check and continue"}
        </Button>
        <p className={styles.note}>Secrets are stored encrypted and never shown again.</p>
      </div>
    </div>
  );
}

export type NewConnectionFormProps = {
  connector: Schemas["Connector"];
  takenNames: readonly string[];
  onDone: (connectionId: string) => void;
};
