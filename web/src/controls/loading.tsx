import styles from "./loading.module.css";

/** Says what is being fetched; it shows only when that takes a moment, so that nothing flickers. */
export function Loading({ what }: { what: string }) {
  return <output className={styles.loading}>Loading {what}…</output>;
}
