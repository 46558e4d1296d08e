import { Link } from "@tanstack/react-router";
import { Check } from "lucide-react";
import styles from "./step-list.module.css";
import { STEPS, type Step } from "./wizard-search.ts";

const WORDS: Record<Step, string> = {
  source: "Source",
  destination: "Destination",
  streams: "Streams",
  review: "Schedule and plan",
};

/** Where one is in the wizard; what is done can be gone back to. */
export function StepList({ step, isDone }: { step: Step; isDone: Partial<Record<Step, boolean>> }) {
  return (
    <nav aria-label="Steps">
      <ol className={styles.steps}>
        {STEPS.map((each, index) => (
          <li key={each} className={styles.step} data-done={isDone[each] === true}>
            <span className={styles.number} aria-hidden>
              {isDone[each] === true && each !== step ? <Check size={14} /> : index + 1}
            </span>
            {each === step ? (
              <span aria-current="step" className={styles.current}>
                {WORDS[each]}
              </span>
            ) : isDone[each] === true ? (
              <Link to="/pipelines/new" search={(now) => ({ ...now, step: each })}>
                {WORDS[each]}
              </Link>
            ) : (
              <span>{WORDS[each]}</span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
