import { Outlet } from "@tanstack/react-router";
import { SessionGate } from "../session/session-gate.tsx";
import styles from "./frame.module.css";
import { Navigation } from "./navigation.tsx";

/** What every page stands in: the way to the other pages, and its content, for whoever is logged in. */
export function Frame() {
  return (
    <SessionGate>
      <a className={styles.skip} href="#content">
        Skip to the content
      </a>
      <div className={styles.frame}>
        <Navigation />
        <main id="content" tabIndex={-1} className={styles.content}>
          <Outlet />
        </main>
      </div>
    </SessionGate>
  );
}
