import type { FieldControl } from "./field.tsx";

/** A name that is given to something; one of spaces alone is none. */
export function NameInput({ control, value, onChange, ...rest }: NameInputProps) {
  return (
    <input
      {...control}
      {...rest}
      required
      maxLength={200}
      pattern={String.raw`.*\S.*`}
      title="A name, of up to 200 characters"
      value={value}
      onChange={({ target }) => onChange(target.value)}
    />
  );
}

export type NameInputProps = {
  control: FieldControl;
  value: string;
  onChange: (name: string) => void;
  /** The id of the form that it belongs to, where it stands outside. */
  form?: string;
  disabled?: boolean;
};
