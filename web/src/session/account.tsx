import { LogOut } from "lucide-react";
import { troubleOf } from "../api/problem.ts";
import { IconButton } from "../controls/icon-button.tsx";
import styles from "./account.module.css";
import { useLogOut, useSession } from "./session.ts";

/** Whose token is used, and the way out. */
export function Account() {
  const session = useSession();
  const logOut = useLogOut();
  if (session === undefined) return null;
  return (
    <div className={styles.account}>
      {logOut.error === null ? null : (
        <p role="alert" className={styles.failure}>
          You are still logged in. {troubleOf(logOut.error).detail}
        </p>
      )}
      <div className={styles.words}>
        <div className={styles.name}>{session.name}</div>
        <div className={styles.role}>{session.role}</div>
      </div>
      <IconButton icon={LogOut} label="Log out" onClick={() => logOut.mutate({})} />
    </div>
  );
}
