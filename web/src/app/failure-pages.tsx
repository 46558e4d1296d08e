import { LinkButton } from "../controls/link-button.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { PageHeader } from "./page-header.tsx";

/** What is shown for an address that leads nowhere. */
export function MissingPage() {
  return (
    <>
      <PageHeader title="There is no such page" note="The address may be mistyped, or what it showed was deleted." />
      <div>
        <LinkButton to="/pipelines" variant="primary">
          Go to the pipelines
        </LinkButton>
      </div>
    </>
  );
}

/** What is shown instead of a page that failed while it was drawn. */
export function CrashedPage({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <>
      <PageHeader title="This page failed" />
      <TroubleNotice error={error} onRetry={reset} />
    </>
  );
}
