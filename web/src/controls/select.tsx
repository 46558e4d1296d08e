import type { SelectHTMLAttributes } from "react";
import styles from "./select.module.css";

/** A choice that stands by itself, such as a filter; `label` is read out. */
export function Select({ label, ...rest }: SelectProps) {
  return <select {...rest} aria-label={label} className={styles.select} />;
}

export type SelectProps = Omit<SelectHTMLAttributes<HTMLSelectElement>, "className"> & { label: string };
