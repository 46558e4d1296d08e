import { diffLines } from "diff";
import { useMemo } from "react";
import styles from "./text-diff.module.css";

const CONTEXT = 3;

type Kind = "same" | "added" | "removed" | "gap";
type Row = { kind: Kind; text: string };
const SIGNS: Record<Kind, string> = { same: " ", added: "+", removed: "−", gap: "⋯" };
const NAMES: Partial<Record<Kind, string>> = { added: "added: ", removed: "removed: " };

/** What is different between two texts, line by line, with some lines around it. */
export function TextDiff({ before, after, label }: { before: string; after: string; label: string }) {
  const rows = useMemo(() => rowsOf(before, after), [before, after]);
  if (before === after) return <p className={styles.none}>Nothing is different.</p>;
  return (
    <section className={styles.diff} tabIndex={0} aria-label={label}>
      <pre>
        {rows.map(({ kind, text }, index) => (
          <span key={index} className={styles.row} data-kind={kind}>
            <span className={styles.sign} aria-hidden>
              {SIGNS[kind]}
            </span>
            {NAMES[kind] === undefined ? null : <span className={styles.name}>{NAMES[kind]}</span>}
            {text}
            {"\n"}
          </span>
        ))}
      </pre>
    </section>
  );
}

function rowsOf(before: string, after: string): Row[] {
  const changes = diffLines(`${before}\n`, `${after}\n`);
  return changes.flatMap(({ value, added, removed }, index): Row[] => {
    const lines = value.replace(/\n$/, "").split("\n");
    if (added || removed) return lines.map((text) => ({ kind: added ? "added" : "removed", text }));
    const isFirst = index === 0;
    const isLast = index === changes.length - 1;
    return withoutMiddle(lines, { head: isFirst ? 0 : CONTEXT, tail: isLast ? 0 : CONTEXT });
  });
}

/** Leaves out what is far from every change. */
function withoutMiddle(lines: readonly string[], { head, tail }: { head: number; tail: number }): Row[] {
  const same = (text: string): Row => ({ kind: "same", text });
  if (lines.length <= head + tail + 1) return lines.map(same);
  const left = lines.length - head - tail;
  return [
    ...lines.slice(0, head).map(same),
    { kind: "gap", text: `${left} lines that are the same` },
    ...lines.slice(lines.length - tail).map(same),
  ];
}
