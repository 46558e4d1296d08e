import { useQueryClient } from "@tanstack/react-query";
import { api, type Schemas } from "../api/client.ts";
import { isLasting } from "../api/problem.ts";
import { Button } from "../controls/button.tsx";
import { Card } from "../controls/card.tsx";
import { Instant } from "../controls/instant.tsx";
import { Table } from "../controls/table.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";

const REFRESH_MS = 10_000;
const SHOWN = 100;
const COLUMNS = [
  { name: "Notification" },
  { name: "Of" },
  { name: "Why it was not taken" },
  { name: "Tries" },
  { name: "Next try" },
  { name: "What to do" },
];

/** The notices that nobody took, each with the reason and when it is tried again. */
export function FailedNotices() {
  const queries = useQueryClient();
  const { data, error } = api.useQuery(
    "get",
    "/v1/notifications/failures",
    { params: { query: { limit: SHOWN } } },
    { refetchInterval: REFRESH_MS },
  );
  const retry = api.useMutation("post", "/v1/notifications/retry", {
    onSuccess: () => queries.invalidateQueries({ queryKey: ["get", "/v1/notifications/failures"] }),
  });
  if (isLasting(error)) return <TroubleNotice error={error} />;
  if (data === undefined || data.items.length === 0) return null;
  return (
    <Card
      title="Not taken"
      note={`${data.next_cursor === null ? "" : `The first ${SHOWN}. `}A notice is tried for 17 hours.`}
      isFlush
    >
      {retry.error === null ? null : <TroubleNotice error={retry.error} />}
      <Table caption="Notices that were not taken" columns={COLUMNS}>
        {data.items.map((each) => (
          <tr key={`${each.notification_id} ${each.event} ${each.subject}`}>
            <td>{each.notification}</td>
            <td>
              {each.event}, <Instant at={each.noted_at} />
            </td>
            <td>{each.failure}</td>
            <td>{each.attempts}</td>
            <td>{each.next_at === null ? "given up" : <Instant at={each.next_at} />}</td>
            <td>
              <Button
                aria-label={`Send the notice of ${each.notification} again`}
                isBusy={retry.isPending}
                onClick={() => retry.mutate({ body: subjectOf(each) })}
              >
                Send again
              </Button>
            </td>
          </tr>
        ))}
      </Table>
    </Card>
  );
}

function subjectOf({ notification_id, event, subject }: Schemas["FailedDelivery"]) {
  return { notification_id, event, subject };
}
