import { useState } from "react";
import { answeredOrProblem, api, client, type Schemas } from "../api/client.ts";
import { isProblem } from "../api/problem.ts";
import { useReload } from "../api/use-reload.ts";
import { Button } from "../controls/button.tsx";
import { Card } from "../controls/card.tsx";
import { Field } from "../controls/field.tsx";
import { NameInput } from "../controls/name-input.tsx";
import { Notice } from "../controls/notice.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { FOR_ADMINS, useMay } from "../session/session.ts";
import { ConfigForm } from "./config-form.tsx";
import styles from "./connection-form.module.css";

const FORM = "connection";
/** What the button says that has the form tried, and not saved. */
const CHECK = "check";
const NO_PROBLEMS: readonly { path: string; message: string }[] = [];

/** Changes a connection, and tries what is in the form. A secret that is left empty stays as it is, unless it is removed. */
export function ConnectionForm({ connection, connector }: ConnectionFormProps) {
  const reload = useReload("/v1/connections");
  const mayChange = useMay("admin");
  const mayCheck = useMay("operator");
  // what the change began from, whatever was loaded since
  const [base, setBase] = useState(connection);
  const [name, setName] = useState(connection.name);
  const [limit, setLimit] = useState(connection.concurrent_runs);
  const [data, setData] = useState(connection.config);
  const [removed, setRemoved] = useState<readonly string[]>([]);
  const save = api.useMutation("patch", "/v1/connections/{id}");
  const check = api.useMutation("post", "/v1/connections/{id}/check");
  const trying = api.useMutation("post", "/v1/connections/{id}/try");
  const found = trying.data ?? check.data;
  const isAsked = check.isPending || trying.isPending;
  // what was found of another configuration says nothing of this one
  const forgetFound = () => {
    check.reset();
    trying.reset();
  };
  const params = { path: { id: connection.id } };
  const begin = (from: Schemas["Connection"]) => {
    setBase(from);
    setName(from.name);
    setLimit(from.concurrent_runs);
    setData(from.config);
    setRemoved([]);
  };
  const loadTheirs = async () => {
    begin(await answeredOrProblem(client.GET("/v1/connections/{id}", { params })));
    save.reset();
    await reload();
  };
  const submit = async (config: Record<string, unknown>, button: string | undefined) => {
    forgetFound();
    if (button === CHECK) {
      await trying.mutateAsync({ params, body: { config } }).catch(() => undefined);
      return;
    }
    if (name.trim() === "") return;
    const saved = await save
      .mutateAsync({
        params: { ...params, header: { "if-match": `"${base.version}"` } },
        body: { name: name.trim(), config, concurrent_runs: limit },
      })
      .catch(() => undefined);
    if (saved === undefined) return;
    begin(saved);
    await check.mutateAsync({ params }).catch(() => undefined);
    await reload();
  };
  const wasOvertaken = isProblem(save.error) && save.error.code === "changed";
  return (
    <Card
      title="Configuration"
      note={mayChange ? undefined : FOR_ADMINS}
      actions={
        mayChange ? undefined : (
          <Button disabled={!mayCheck} isBusy={isAsked} onClick={() => check.mutate({ params })}>
            Check it
          </Button>
        )
      }
    >
      <div className={styles.form}>
        <Verdict check={found} error={trying.error ?? check.error} />
        <Field label="Name" error={name.trim() === "" ? "Give it a name." : undefined}>
          {(control) => (
            <NameInput control={control} value={name} onChange={setName} form={FORM} disabled={!mayChange} />
          )}
        </Field>
        <ConfigForm
          id={FORM}
          schema={connector.config}
          secretsSet={base.secrets_set}
          removal={{
            removed,
            onChange: (paths) => {
              setRemoved(paths);
              forgetFound();
            },
          }}
          data={data}
          problems={found?.fields ?? NO_PROBLEMS}
          isDisabled={!mayChange}
          onChange={(changed) => {
            setData(changed);
            // the form tells of what it was given anew, too, as after saving
            if (!isAsked) forgetFound();
          }}
          onSubmit={submit}
        />
        <Field
          label="Runs at the same time"
          help="How many runs may use it at once, such as those of one account; empty for no limit."
        >
          {(control) => (
            <input
              {...control}
              type="number"
              form={FORM}
              min={1}
              max={1000}
              disabled={!mayChange}
              value={limit ?? ""}
              onChange={({ target }) => setLimit(target.value === "" ? null : target.valueAsNumber)}
            />
          )}
        </Field>
        {wasOvertaken ? (
          <Notice
            tone="bad"
            title="Somebody else changed this connection in the meantime"
            actions={<Button onClick={() => void loadTheirs()}>Load theirs</Button>}
          >
            <p>Nothing of yours was saved. Load what they made, then make your change anew.</p>
          </Notice>
        ) : save.error === null ? null : (
          <TroubleNotice error={save.error} />
        )}
        <div className={styles.actions}>
          {/* the first one is what Enter presses */}
          <Button type="submit" variant="primary" form={FORM} disabled={!mayChange} isBusy={save.isPending}>
            Save and check
          </Button>
          {mayChange ? (
            <Button type="submit" form={FORM} value={CHECK} isBusy={isAsked}>
              Check it
            </Button>
          ) : null}
        </div>
      </div>
    </Card>
  );
}

export type ConnectionFormProps = { connection: Schemas["Connection"]; connector: Schemas["Connector"] };

function Verdict({ check, error }: { check: Schemas["CheckResult"] | undefined; error: unknown }) {
  if (error !== null) return <TroubleNotice error={error} />;
  if (check === undefined) return null;
  const isGood = check.status === "succeeded";
  return (
    <Notice tone={isGood ? "good" : "bad"} title={isGood ? "It works" : "It does not work like this"}>
      <p>{check.message}</p>
    </Notice>
  );
}
