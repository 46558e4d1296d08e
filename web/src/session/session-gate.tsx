import type { ReactNode } from "react";
import { api } from "../api/client.ts";
import { isUnauthorized } from "../api/problem.ts";
import { Loading } from "../controls/loading.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { LoginPage } from "./login-page.tsx";
import styles from "./session-gate.module.css";

/** Shows what is inside to whoever is logged in, and the login to everybody else, at the same address. */
export function SessionGate({ children }: { children: ReactNode }) {
  const session = api.useQuery("get", "/v1/session");
  if (isUnauthorized(session.error)) return <LoginPage />;
  if (session.data !== undefined) return children;
  return (
    <main className={styles.wait}>
      {session.error === null ? (
        <Loading what="the session" />
      ) : (
        <TroubleNotice error={session.error} onRetry={() => void session.refetch()} />
      )}
    </main>
  );
}
