import { useEffect, useRef, type ReactNode } from "react";
import styles from "./step-heading.module.css";

/** The heading of a step. It takes the focus as it comes up, so that whoever listens or has no mouse goes on from there. */
export function StepHeading({ children }: { children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <h2 ref={heading} tabIndex={-1} className={styles.heading}>
      {children}
    </h2>
  );
}
