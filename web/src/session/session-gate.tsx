import type { ReactNode } from "react";
import { api } from "../api/client.ts";
import { isUnauthorized } from "../api/problem.ts";
import { Loading } from "../controls/loading.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { LoginPage } from "./login-page.tsx";
import styles from "./session-gate.module.css";

const REFRESH_MS = 5_000;

/** Shows what is inside to whoever is logged in, and the login to everybody else, at the same address. */
export function SessionGate({ children }: { children: ReactNode }) {
  // a token that is revoked, or a server that goes away, is noticed on a page that asks for nothing else, too
  const session = api.useQuery("get", "/v1/session", {}, { refetchInterval: REFRESH_MS });
  if (isUnauthorized(session.error)) return <LoginPage hasEnded={session.data !== undefined} />;
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
