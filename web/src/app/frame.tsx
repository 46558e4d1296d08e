import { Outlet, useMatches } from "@tanstack/react-router";
import { SessionGate } from "../session/session-gate.tsx";
import styles from "./frame.module.css";
import { Navigation } from "./navigation.tsx";
import { ServerNotice } from "./server-notice.tsx";

/** What every page stands in: the way to the other pages, and its content, for whoever is logged in unless it is for everybody. */
export function Frame() {
  const isOpen = useMatches({
    select: (matches) => matches.some(({ staticData, search }) => staticData.isOpen?.(search) === true),
  });
  const content = (
    <>
      <a className={styles.skip} href="#content">
        Skip to the content
      </a>
      <div className={styles.frame}>
        <Navigation />
        <main id="content" tabIndex={-1} className={styles.content}>
          <Outlet />
        </main>
      </div>
      <ServerNotice />
    </>
  );
  return isOpen ? content : <SessionGate>{content}</SessionGate>;
}
