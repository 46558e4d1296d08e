import type { ReactNode } from "react";
import { api } from "../api/client.ts";
import { isUnauthorized } from "../api/problem.ts";
import { Loading } from "../controls/loading.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { LoginPage } from "./login-page.tsx";
import styles from "./session-gate.module.css";

const REFRESH_MS = 5_000;

type Answered = { state: { data?: unknown } };

// A token that is revoked, or a server that goes away, is noticed on a page that asks for nothing else, too. The login is
// left alone: asked anew, what was never answered begins as if nothing were known, and what was typed would be gone.
const ASK_AGAIN = {
  refetchInterval: ({ state }: Answered) => (state.data === undefined ? (false as const) : REFRESH_MS),
  refetchOnWindowFocus: ({ state }: Answered) => state.data !== undefined,
  refetchOnReconnect: ({ state }: Answered) => state.data !== undefined,
};

/** Shows what is inside to whoever is logged in, and the login to everybody else, at the same address. */
export function SessionGate({ children }: { children: ReactNode }) {
  const session = api.useQuery("get", "/v1/session", {}, ASK_AGAIN);
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
