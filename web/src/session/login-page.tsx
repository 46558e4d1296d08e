import { useEffect, useRef, useState } from "react";
import { Button } from "../controls/button.tsx";
import { Field } from "../controls/field.tsx";
import { Notice } from "../controls/notice.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import styles from "./login-page.module.css";
import { useLogIn } from "./session.ts";

/** Asks for a token; of who was logged in until now with the reason why they are no longer. */
export function LoginPage({ hasEnded }: { hasEnded: boolean }) {
  const [token, setToken] = useState("");
  const logIn = useLogIn();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = "Log in · Sluice";
    field.current?.focus();
  }, []);
  const refusal = logIn.error?.status === 401 ? "This is not a token of this server, or no longer." : undefined;
  return (
    <main className={styles.page}>
      <form
        className={styles.card}
        onSubmit={(event) => {
          event.preventDefault();
          logIn.mutate({ body: { token: token.trim() } });
        }}
      >
        <img src="/sluice.svg" alt="" width={36} height={36} />
        <h1>Log in to Sluice</h1>
        {hasEnded ? (
          <Notice tone="warn" title="This session has ended">
            <p>Its token was revoked or is no longer valid. Log in with another one to go on at this page.</p>
          </Notice>
        ) : null}
        <Field
          label="Token"
          help="The server printed an admin token at its first start. Afterwards admins make tokens in the settings."
          error={refusal}
        >
          {(control) => (
            <input
              {...control}
              ref={field}
              type="password"
              name="token"
              autoComplete="current-password"
              placeholder="sluice_…"
              required
              maxLength={200}
              value={token}
              onChange={(event) => setToken(event.target.value)}
            />
          )}
        </Field>
        {logIn.error === null || refusal !== undefined ? null : <TroubleNotice error={logIn.error} />}
        <Button type="submit" variant="primary" isBusy={logIn.isPending}>
          Log in
        </Button>
      </form>
    </main>
  );
}
