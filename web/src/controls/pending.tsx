import { Loading } from "./loading.tsx";
import { TroubleNotice } from "./trouble-notice.tsx";

/** Stands in the place of what is not there: that it is being fetched, or why it cannot be. */
export function Pending({ what, error, onRetry }: PendingProps) {
  if (error === null) return <Loading what={what} />;
  return <TroubleNotice error={error} {...(onRetry === undefined ? {} : { onRetry })} />;
}

export type PendingProps = { what: string; error: unknown; onRetry?: () => void };
