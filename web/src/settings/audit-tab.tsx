import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { api, type Schemas } from "../api/client.ts";
import { BY_CURSOR } from "../api/pages.ts";
import { isLasting } from "../api/problem.ts";
import { Button } from "../controls/button.tsx";
import { Card } from "../controls/card.tsx";
import { Instant } from "../controls/instant.tsx";
import { Pending } from "../controls/pending.tsx";
import { Table } from "../controls/table.tsx";
import { actionWords } from "./audit-words.ts";
import styles from "./settings.module.css";
import { useTokens } from "./use-tokens.ts";

const PAGE = 100;
const COLUMNS = [{ name: "When" }, { name: "Who" }, { name: "What" }, { name: "On what" }, { name: "Details" }];

/** Who changed what, the newest first. */
export function AuditTab() {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = api.useInfiniteQuery(
    "get",
    "/v1/audit",
    { params: { query: { limit: PAGE } } },
    BY_CURSOR,
  );
  const { data: tokens } = useTokens();
  const names = useMemo(() => new Map(tokens?.map(({ id, name }) => [id, name])), [tokens]);
  if (data === undefined || isLasting(error))
    return <Pending what="the audit log" error={error} onRetry={() => void refetch()} />;
  return (
    <Card title="Audit log" note="It is not forgotten." isFlush>
      <Table caption="Who changed what" columns={COLUMNS}>
        {data.pages
          .flatMap(({ items }) => items)
          .map(({ number, at, token_id: who, action, target, detail }) => (
            <tr key={number}>
              <td>
                <Instant at={at} />
              </td>
              <td>{who === null ? "Sluice itself" : (names.get(who) ?? who)}</td>
              <td>{actionWords(action)}</td>
              <td>
                <Target target={target} />
              </td>
              <td className={styles.detail} title={JSON.stringify(detail)}>
                {detailWords(detail)}
              </td>
            </tr>
          ))}
      </Table>
      {hasNextPage ? (
        <div className={styles.more}>
          <Button isBusy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show older ones
          </Button>
        </div>
      ) : null}
    </Card>
  );
}

function Target({ target }: { target: string }) {
  if (target.startsWith("run_"))
    return (
      <Link to="/runs/$runId" params={{ runId: target }}>
        {target}
      </Link>
    );
  if (target.startsWith("pipe_"))
    return (
      <Link to="/pipelines/$pipelineId" params={{ pipelineId: target }}>
        {target}
      </Link>
    );
  if (target.startsWith("conn_"))
    return (
      <Link to="/connections/$connectionId" params={{ connectionId: target }}>
        {target}
      </Link>
    );
  return <>{target}</>;
}

function detailWords(detail: Schemas["AuditEntry"]["detail"]): string {
  return Object.entries(detail)
    .map(
      ([name, value]) => `${name.replaceAll("_", " ")}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
    )
    .join("; ");
}
