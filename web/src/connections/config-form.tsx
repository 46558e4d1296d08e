import { withTheme } from "@rjsf/core";
import { toErrorSchema } from "@rjsf/utils";
import { useMemo } from "react";
import { useOneAtATime } from "../controls/use-one-at-a-time.ts";
import { configForm, givenConfig, withoutSecrets } from "./config-schema.ts";
import { configValidator } from "./config-validator.ts";
import { formTheme, type SecretRemoval } from "./form-theme.tsx";

const ThemedForm = withTheme(formTheme);

/**
 * The form of a connector's configuration, made from its JSON Schema. `problems` are what `check` found, by field. A button
 * outside submits it by `id`; `onSubmit` gets what was given, without defaults and with null for each secret that is removed,
 * once the schema has nothing against it, and the `value` of that button.
 */
export function ConfigForm({
  id,
  schema,
  secretsSet = NONE,
  removal,
  data,
  onChange,
  problems,
  isDisabled = false,
  onSubmit,
}: ConfigFormProps) {
  const removed = removal?.removed ?? NONE;
  const form = useMemo(() => configForm(schema, { stored: secretsSet, removed }), [schema, secretsSet, removed]);
  const found = useMemo(
    () =>
      toErrorSchema(
        problems.map(({ path, message }) => ({ property: `.${path}`, message, stack: `${path} ${message}` })),
      ),
    [problems],
  );
  const submit = useOneAtATime(onSubmit);
  return (
    <ThemedForm
      id={id}
      schema={form.schema}
      uiSchema={{ ...form.uiSchema, "ui:submitButtonOptions": { norender: true } }}
      validator={configValidator}
      formData={data}
      formContext={removal}
      extraErrors={found}
      disabled={isDisabled}
      showErrorList={false}
      noHtml5Validate
      focusOnFirstError
      onChange={(event) => onChange((event.formData ?? {}) as Record<string, unknown>)}
      // each problem stands at its field, which needs no other telling
      onError={() => {}}
      onSubmit={({ formData }, { nativeEvent }) => {
        const given = givenConfig(form, (formData ?? {}) as Record<string, unknown>);
        submit(withoutSecrets(given, removed), submitterOf(nativeEvent));
      }}
    />
  );
}

export type ConfigFormProps = {
  id: string;
  schema: Record<string, unknown>;
  /** Paths of the secrets that are stored already. */
  secretsSet?: readonly string[];
  /** Which of these are removed; left out where none can be. */
  removal?: SecretRemoval;
  data: Record<string, unknown>;
  onChange: (data: Record<string, unknown>) => void;
  problems: readonly { path: string; message: string }[];
  isDisabled?: boolean;
  onSubmit: (config: Record<string, unknown>, button: string | undefined) => Promise<void>;
};

const NONE: readonly string[] = [];

function submitterOf(event: Event): string | undefined {
  return event instanceof SubmitEvent && event.submitter instanceof HTMLButtonElement
    ? event.submitter.value
    : undefined;
}
