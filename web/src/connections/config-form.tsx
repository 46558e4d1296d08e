import { withTheme } from "@rjsf/core";
import { toErrorSchema } from "@rjsf/utils";
import { useMemo } from "react";
import { useOneAtATime } from "../controls/use-one-at-a-time.ts";
import { configForm, givenConfig } from "./config-schema.ts";
import { configValidator } from "./config-validator.ts";
import { formTheme } from "./form-theme.tsx";

const ThemedForm = withTheme(formTheme);

/**
 * The form of a connector's configuration, made from its JSON Schema. `problems` are what `check` found, by field. A button
 * outside submits it by `id`; `onSubmit` gets what was given, without defaults, once the schema has nothing against it.
 */
export function ConfigForm({
  id,
  schema,
  secretsSet,
  data,
  onChange,
  problems,
  isDisabled = false,
  onSubmit,
}: ConfigFormProps) {
  const form = useMemo(() => configForm(schema, secretsSet), [schema, secretsSet]);
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
      extraErrors={found}
      disabled={isDisabled}
      showErrorList={false}
      noHtml5Validate
      focusOnFirstError
      onChange={(event) => onChange((event.formData ?? {}) as Record<string, unknown>)}
      // each problem stands at its field, which needs no other telling
      onError={() => {}}
      onSubmit={(event) => submit(givenConfig(form, (event.formData ?? {}) as Record<string, unknown>))}
    />
  );
}

export type ConfigFormProps = {
  id: string;
  schema: Record<string, unknown>;
  /** Paths of the secrets that are stored already. */
  secretsSet?: readonly string[];
  data: Record<string, unknown>;
  onChange: (data: Record<string, unknown>) => void;
  problems: readonly { path: string; message: string }[];
  isDisabled?: boolean;
  onSubmit: (config: Record<string, unknown>) => Promise<void>;
};
