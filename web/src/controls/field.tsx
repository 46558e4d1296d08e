import { useId, type ReactNode } from "react";
import styles from "./field.module.css";

/** What a control of a field needs to be read out with its label, help and error. */
export type FieldControl = {
  id: string;
  className: string | undefined;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean;
};

/** A label with its control, and below it what helps or what is wrong. */
export function Field({ label, help, error, children }: FieldProps) {
  const id = useId();
  const notes = [help === undefined ? [] : `${id}-help`, error === undefined ? [] : `${id}-error`].flat();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        className: styles.control,
        "aria-describedby": notes.length === 0 ? undefined : notes.join(" "),
        "aria-invalid": error !== undefined,
      })}
      {error === undefined ? null : (
        <p id={`${id}-error`} className={styles.error} role="alert">
          {error}
        </p>
      )}
      {help === undefined ? null : (
        <p id={`${id}-help`} className={styles.help}>
          {help}
        </p>
      )}
    </div>
  );
}

export type FieldProps = {
  label: ReactNode;
  help?: ReactNode;
  error?: string | undefined;
  children: (control: FieldControl) => ReactNode;
};
