import styles from "./connector-mark.module.css";
import { connectorWords } from "./names.ts";

const HUES = 360;

/** A square with the first letters of what a connector connects to, always of the same colour. */
export function ConnectorMark({ name }: { name: string }) {
  const words = connectorWords(name).split(" ");
  const letters = words.length > 1 ? words.map((word) => word.charAt(0)).join("") : (words[0] ?? "").slice(0, 2);
  return (
    <span className={styles.mark} style={{ "--hue": hueOf(words.join(" ")) } as React.CSSProperties} aria-hidden>
      {letters.slice(0, 2)}
    </span>
  );
}

function hueOf(text: string): number {
  return Array.from(text).reduce((hue, letter) => (hue * 31 + (letter.codePointAt(0) ?? 0)) % HUES, 7);
}
