import { useState } from "react";
import type { Schemas } from "../api/client.ts";
import { useConnections } from "../connections/use-connections.ts";
import { Button } from "../controls/button.tsx";
import { Card } from "../controls/card.tsx";
import { Field } from "../controls/field.tsx";
import { NameInput } from "../controls/name-input.tsx";
import { FOR_ADMINS, useMay } from "../session/session.ts";
import { LIMITS, limitValue, withLimit } from "./limits.ts";
import type { PipelineFields } from "./pipeline-text.ts";
import { ReviewDialog } from "./review-dialog.tsx";
import styles from "./settings-form.module.css";

/** The name, the sides and the limits of a pipeline; what changes is shown before it is saved. */
export function SettingsForm({ pipeline }: { pipeline: Schemas["Pipeline"] }) {
  const mayChange = useMay("admin");
  // what a change began from, whatever was loaded since
  const [base, setBase] = useState<Schemas["Pipeline"]>();
  const [changed, setChanged] = useState<Partial<PipelineFields>>({});
  const from = base ?? pipeline;
  const [isReviewing, setReviewing] = useState(false);
  const now = { ...from, ...changed };
  const change = (fields: Partial<PipelineFields>) => {
    setBase(from);
    setChanged(onlyChanged(from, { ...changed, ...fields }));
  };
  const beginAnew = () => {
    setBase(undefined);
    setChanged({});
  };
  return (
    <Card title="Settings" note={mayChange ? undefined : FOR_ADMINS}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setReviewing(true);
        }}
      >
        <fieldset className={styles.fields} disabled={!mayChange}>
          <Field label="Name">
            {(control) => <NameInput control={control} value={now.name} onChange={(name) => change({ name })} />}
          </Field>
          <ConnectionField kind="source" value={now.source_id} onChange={(id) => change({ source_id: id })} />
          <ConnectionField
            kind="destination"
            value={now.destination_id}
            onChange={(id) => change({ destination_id: id })}
          />
          {LIMITS.map((limit) => (
            <Field key={limit.name} label={limit.label} help={limit.help}>
              {(control) => (
                <input
                  {...control}
                  type="number"
                  min={limit.min}
                  step={1}
                  placeholder={String(limit.usual)}
                  value={limitValue(now.settings, limit) ?? ""}
                  onChange={({ target }) =>
                    change({
                      settings: withLimit(now.settings, limit, target.value === "" ? undefined : target.valueAsNumber),
                    })
                  }
                />
              )}
            </Field>
          ))}
        </fieldset>
        <div className={styles.actions}>
          <Button variant="primary" type="submit" disabled={!mayChange || Object.keys(changed).length === 0}>
            See what changes
          </Button>
          {Object.keys(changed).length === 0 ? null : (
            <Button variant="quiet" onClick={beginAnew}>
              Undo
            </Button>
          )}
        </div>
      </form>
      {isReviewing ? (
        <ReviewDialog
          pipeline={from}
          changed={changed}
          onClose={() => setReviewing(false)}
          onSaved={() => {
            setReviewing(false);
            beginAnew();
          }}
        />
      ) : null}
    </Card>
  );
}

function ConnectionField({ kind, value, onChange }: ConnectionFieldProps) {
  const { data } = useConnections();
  const offered = data?.filter((each) => each.kind === kind) ?? [];
  return (
    <Field label={kind === "source" ? "Source" : "Destination"}>
      {(control) => (
        <select {...control} value={value} onChange={({ target }) => onChange(target.value)}>
          {offered.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

type ConnectionFieldProps = { kind: "source" | "destination"; value: string; onChange: (id: string) => void };

/** Leaves out what is as it was. */
function onlyChanged(before: PipelineFields, changed: Partial<PipelineFields>): Partial<PipelineFields> {
  const names = Object.keys(changed) as (keyof PipelineFields)[];
  const different = names.filter((name) => JSON.stringify(changed[name]) !== JSON.stringify(before[name]));
  return Object.fromEntries(different.map((name) => [name, changed[name]]));
}
