import {
  enumOptionValueDecoder,
  getInputProps,
  getUiOptions,
  type BaseInputTemplateProps,
  type FieldTemplateProps,
  type ObjectFieldTemplateProps,
  type WidgetProps,
} from "@rjsf/utils";
import type { ThemeProps } from "@rjsf/core";
import { useState } from "react";
import fieldStyles from "../controls/field.module.css";
import styles from "./form-theme.module.css";
import { listButtons } from "./list-buttons.tsx";

/** How forms of configurations look: as every other form of the page. */
export const formTheme: ThemeProps = {
  templates: {
    FieldTemplate,
    ObjectFieldTemplate,
    BaseInputTemplate,
    ButtonTemplates: listButtons,
  },
  widgets: { PasswordWidget, SelectWidget, TextareaWidget, CheckboxWidget },
};

/** Which stored secrets are removed, by their paths, and how that is said. */
export type SecretRemoval = { removed: readonly string[]; onChange: (removed: readonly string[]) => void };

function FieldTemplate(props: FieldTemplateProps) {
  const { id, label, required, rawErrors, schema, uiSchema, hidden, disabled, registry, children } = props;
  if (hidden) return null;
  // a fieldset has its own legend, and a checkbox stands before its label
  if (schema.type === "object") return children;
  const { description: help = schema.description, ["stored"]: stored } = getUiOptions(uiSchema);
  const { removed = [], onChange: onRemove } = (registry.formContext ?? {}) as Partial<SecretRemoval>;
  return (
    <div className={fieldStyles.field}>
      {schema.type === "boolean" ? null : (
        <label id={`${id}-label`} htmlFor={id}>
          {label} {required ? null : <span className={styles.optional}>optional</span>}
        </label>
      )}
      {children}
      {typeof stored === "string" && onRemove !== undefined ? (
        <label className={styles.check}>
          <input
            type="checkbox"
            checked={removed.includes(stored)}
            disabled={disabled}
            aria-describedby={`${id}-label`}
            onChange={({ target }) => {
              const others = removed.filter((path) => path !== stored);
              onRemove(target.checked ? [...others, stored] : others);
            }}
          />
          Remove what is stored
        </label>
      ) : null}
      <div id={`${id}-notes`} className={styles.notes}>
        {rawErrors?.map((error) => (
          <p key={error} className={fieldStyles.error} role="alert">
            {error}
          </p>
        ))}
        {help === undefined ? null : <p className={fieldStyles.help}>{help}</p>}
      </div>
    </div>
  );
}

function ObjectFieldTemplate({
  fieldPathId,
  title,
  description,
  properties,
  uiSchema,
  errorSchema,
}: ObjectFieldTemplateProps) {
  const [isOpen, setOpen] = useState(false);
  const { leading } = getUiOptions(uiSchema);
  const shown = properties.filter(({ hidden }) => !hidden);
  if (fieldPathId.path.length > 0)
    return (
      <fieldset className={styles.group}>
        <legend>{title}</legend>
        {description === undefined || description === "" ? null : <p className={fieldStyles.help}>{description}</p>}
        <div className={styles.fields}>{shown.map(({ content }) => content)}</div>
      </fieldset>
    );
  const isLeading = (name: string) => Array.isArray(leading) && leading.includes(name);
  const rest = shown.filter(({ name }) => !isLeading(name));
  const hasError = rest.some(({ name }) => isWrong((errorSchema as Record<string, unknown> | undefined)?.[name]));
  return (
    <div className={styles.fields}>
      {shown.filter(({ name }) => isLeading(name)).map(({ content }) => content)}
      {rest.length === 0 ? null : (
        <details
          className={styles.more}
          open={isOpen || hasError}
          onToggle={(event) => setOpen(event.currentTarget.open)}
        >
          <summary>
            More settings <span className={styles.optional}>{rest.length}, all optional</span>
          </summary>
          <div className={styles.fields}>{rest.map(({ content }) => content)}</div>
        </details>
      )}
    </div>
  );
}

function BaseInputTemplate(props: BaseInputTemplateProps) {
  const { id, value, onChange, placeholder, schema, type, options, disabled, rawErrors, required } = props;
  const { step: _, ...input } = getInputProps(schema, type, options);
  return (
    <input
      {...input}
      id={id}
      name={id}
      className={fieldStyles.control}
      value={String(value ?? "")}
      placeholder={placeholder}
      disabled={disabled}
      autoComplete="off"
      spellCheck={false}
      aria-describedby={`${id}-notes`}
      aria-invalid={isInvalid(rawErrors)}
      aria-required={required}
      onChange={({ target }) => onChange(target.value === "" ? undefined : target.value)}
    />
  );
}

/** A secret: it is not filled in by the browser, and nothing shows it. */
function PasswordWidget({ id, value, onChange, placeholder, disabled, rawErrors, required }: WidgetProps) {
  return (
    <input
      id={id}
      name={id}
      type="password"
      className={fieldStyles.control}
      value={String(value ?? "")}
      placeholder={placeholder}
      disabled={disabled}
      autoComplete="new-password"
      spellCheck={false}
      aria-describedby={`${id}-notes`}
      aria-invalid={isInvalid(rawErrors)}
      aria-required={required}
      onChange={({ target }) => onChange(target.value === "" ? undefined : target.value)}
    />
  );
}

function TextareaWidget({ id, value, onChange, placeholder, disabled, rawErrors, required }: WidgetProps) {
  return (
    <textarea
      id={id}
      name={id}
      className={fieldStyles.control}
      value={String(value ?? "")}
      placeholder={placeholder}
      disabled={disabled}
      spellCheck={false}
      aria-describedby={`${id}-notes`}
      aria-invalid={isInvalid(rawErrors)}
      aria-required={required}
      onChange={({ target }) => onChange(target.value === "" ? undefined : target.value)}
    />
  );
}

function SelectWidget({ id, value, label, options, onChange, disabled, rawErrors, schema }: WidgetProps) {
  const choices = options.enumOptions ?? [];
  const chosen = choices.findIndex((choice) => choice.value === value);
  return (
    <select
      id={id}
      name={id}
      className={fieldStyles.control}
      value={chosen < 0 ? "" : String(chosen)}
      disabled={disabled}
      // a select that chooses among forms of a field has no label of its own
      aria-label={/__(one|any)of_select$/.test(id) ? label : undefined}
      aria-describedby={`${id}-notes`}
      aria-invalid={isInvalid(rawErrors)}
      onChange={({ target }) => onChange(enumOptionValueDecoder(target.value, choices))}
    >
      {schema.default === undefined ? <option value="">Not chosen</option> : null}
      {choices.map(({ label }, index) => (
        <option key={label} value={String(index)}>
          {label}
        </option>
      ))}
    </select>
  );
}

function CheckboxWidget({ id, value, label, onChange, disabled }: WidgetProps) {
  return (
    <label className={styles.check}>
      <input
        id={id}
        type="checkbox"
        checked={value === true}
        disabled={disabled}
        aria-describedby={`${id}-notes`}
        onChange={({ target }) => onChange(target.checked)}
      />
      {label}
    </label>
  );
}

function isInvalid(errors: readonly string[] | undefined): boolean {
  return errors !== undefined && errors.length > 0;
}

/** Whether a part of an error schema, which has the form of the data, holds an error anywhere. */
function isWrong(node: unknown): boolean {
  if (typeof node !== "object" || node === null) return false;
  return Object.entries(node).some(([name, inside]) =>
    name === "__errors" ? Array.isArray(inside) && inside.length > 0 : isWrong(inside),
  );
}
