import { Card } from "../controls/card.tsx";
import { Badge } from "../controls/badge.tsx";
import { Table } from "../controls/table.tsx";
import styles from "./access-card.module.css";
import { ACCESS_WORDS } from "./stream-row.tsx";
import type { OfferedStream } from "./stream.ts";

/** What the source's credentials may read, and what they lack, with the permission that would give it. */
export function AccessCard({ streams }: { streams: readonly OfferedStream[] }) {
  const refused = streams.filter(({ access }) => access !== "granted");
  const readable = streams.length - refused.length;
  return (
    <Card
      title="Access"
      actions={
        <Badge
          tone={refused.length === 0 ? "good" : readable === 0 ? "bad" : "warn"}
        >{`${readable} of ${streams.length} readable`}</Badge>
      }
    >
      {refused.length === 0 ? (
        <p>The credentials may read every stream of the source.</p>
      ) : (
        <details className={styles.refused}>
          <summary>
            {refused.length} {refused.length === 1 ? "stream" : "streams"} cannot be read; the others can be moved
          </summary>
          <Table caption="Streams without access" columns={[{ name: "Stream" }, { name: "Access" }, { name: "Why" }]}>
            {refused.map(({ name, access, reason }) => (
              <tr key={name}>
                <td>{name}</td>
                <td>
                  <Badge tone={access === "denied" ? "bad" : "idle"}>{ACCESS_WORDS[access]}</Badge>
                </td>
                <td>{reason}</td>
              </tr>
            ))}
          </Table>
        </details>
      )}
    </Card>
  );
}
