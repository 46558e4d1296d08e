import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { isLasting } from "../api/problem.ts";
import { PageHeader } from "../app/page-header.tsx";
import { Button } from "../controls/button.tsx";
import { EmptyState } from "../controls/empty-state.tsx";
import { LinkButton } from "../controls/link-button.tsx";
import { Loading } from "../controls/loading.tsx";
import { SearchField } from "../controls/search-field.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { useMay } from "../session/session.ts";
import { HEALTH_WORDS } from "./health-words.ts";
import { PipelineList } from "./pipeline-list.tsx";
import { HEALTHS } from "./pipelines-search.ts";
import styles from "./pipelines-page.module.css";
import { usePipelines } from "./use-pipelines.ts";

const route = getRouteApi("/pipelines");
const DELAY_MS = 250;

/** All pipelines and how they are, narrowed by what stands in the address. */
export function PipelinesPage() {
  const search = route.useSearch();
  const { pipelines, error, isOld, hasMore, more, retry } = usePipelines(search);
  const mayMake = useMay("admin");
  const isNarrowed = search.q !== undefined || search.health !== undefined;
  const isEmpty = pipelines?.length === 0 && !isNarrowed;
  return (
    <>
      <PageHeader
        title="Pipelines"
        actions={
          isEmpty || !mayMake ? null : (
            <LinkButton to="/pipelines/new" variant="primary" icon={Plus}>
              New pipeline
            </LinkButton>
          )
        }
      />
      {error !== null && (pipelines === undefined || isLasting(error)) ? (
        <TroubleNotice error={error} onRetry={retry} />
      ) : null}
      {isEmpty ? (
        <EmptyState
          title="Connect your first source"
          explanation="A pipeline moves records from a source, such as Stripe, to a destination, such as Postgres, and keeps them current. It takes about two minutes; you need a key of the one and the address of the other."
        >
          {mayMake ? (
            <LinkButton to="/pipelines/new" variant="primary" icon={Plus}>
              New pipeline
            </LinkButton>
          ) : (
            <p>An admin of this server can make one.</p>
          )}
        </EmptyState>
      ) : (
        <Filters />
      )}
      {pipelines === undefined && error === null ? <Loading what="pipelines" /> : null}
      {pipelines?.length === 0 && isNarrowed ? <NothingFound /> : null}
      {pipelines === undefined || pipelines.length === 0 ? null : (
        <div aria-busy={isOld}>
          <PipelineList pipelines={pipelines} />
        </div>
      )}
      {hasMore ? (
        <div className={styles.more}>
          <Button onClick={more}>Show more</Button>
        </div>
      ) : null}
    </>
  );
}

function Filters() {
  const { q = "", health } = route.useSearch();
  const navigate = useNavigate({ from: "/pipelines" });
  const [text, setText] = useState(q);
  // an address that comes from elsewhere, such as by Back, replaces what was typed
  const [known, setKnown] = useState({ shown: q, asked: q });
  if (known.shown !== q) {
    setKnown({ shown: q, asked: q });
    if (known.asked !== q) setText(q);
  }
  const [timer, setTimer] = useState<ReturnType<typeof setTimeout>>();
  return (
    <search className={styles.filters}>
      <SearchField
        label="Search pipelines"
        value={text}
        onChange={(wanted) => {
          setText(wanted);
          clearTimeout(timer);
          const apply = () => {
            const asked = wanted.trim();
            setKnown((before) => ({ ...before, asked }));
            void navigate({ search: (now) => ({ ...now, q: asked === "" ? undefined : asked }), replace: true });
          };
          setTimer(setTimeout(apply, DELAY_MS));
        }}
      />
      <select
        aria-label="Health"
        className={styles.health}
        value={health ?? ""}
        onChange={({ target }) =>
          void navigate({ search: (now) => ({ ...now, health: HEALTHS.find((each) => each === target.value) }) })
        }
      >
        <option value="">Any health</option>
        {HEALTHS.map((each) => (
          <option key={each} value={each}>
            {HEALTH_WORDS[each].words}
          </option>
        ))}
      </select>
    </search>
  );
}

function NothingFound() {
  return (
    <EmptyState title="No pipeline matches" explanation="Search for something else, or look at all of them.">
      <LinkButton to="/pipelines" search={{}}>
        Show all pipelines
      </LinkButton>
    </EmptyState>
  );
}
