import { Search } from "lucide-react";
import styles from "./search-field.module.css";

/** A field that narrows what is beside it while one types. */
export function SearchField({ label, value, onChange }: SearchFieldProps) {
  return (
    <div className={styles.search}>
      <Search size={15} aria-hidden />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
    </div>
  );
}

export type SearchFieldProps = { label: string; value: string; onChange: (value: string) => void };
