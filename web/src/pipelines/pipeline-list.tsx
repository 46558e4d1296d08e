import { Link } from "@tanstack/react-router";
import { ArrowRight } from "lucide-react";
import { Badge } from "../controls/badge.tsx";
import { Instant } from "../controls/instant.tsx";
import { DayStrip } from "./day-strip.tsx";
import { HealthBadge } from "./health-badge.tsx";
import type { PipelineHealth } from "./health-words.ts";
import styles from "./pipeline-list.module.css";

/** Pipelines, a row each; on a narrow screen a row becomes a card. */
export function PipelineList({ pipelines }: { pipelines: readonly PipelineHealth[] }) {
  return (
    <div className={styles.list}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Pipeline</th>
            <th scope="col">Health</th>
            <th scope="col">Last run</th>
            <th scope="col">Fresh as of</th>
            <th scope="col">Next run</th>
            <th scope="col">Last 30 days</th>
          </tr>
        </thead>
        <tbody>
          {pipelines.map((pipeline) => (
            <PipelineRow key={pipeline.id} pipeline={pipeline} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function PipelineRow({ pipeline }: { pipeline: PipelineHealth }) {
  const { id, name, source, destination, current_run: current, last_run: last, days } = pipeline;
  return (
    <tr>
      <th scope="row" className={styles.name}>
        <Link to="/pipelines/$pipelineId" params={{ pipelineId: id }} className={styles.link}>
          {name}
        </Link>
        <span className={styles.sides}>
          {source.name} <ArrowRight size={12} aria-label="to" /> {destination.name}
        </span>
      </th>
      <td>
        <span className={styles.badges}>
          <HealthBadge health={pipeline.health} />
          {current === null ? null : (
            <Badge tone={current.status === "running" ? "busy" : "idle"}>{current.status}</Badge>
          )}
        </span>
      </td>
      <td data-label="Last run" className={styles.last}>
        {last === null ? (
          "–"
        ) : (
          <>
            <Instant at={last.ended_at} />
            {last.failure === null ? null : (
              <span className={styles.failure} title={last.failure}>
                {last.failure}
              </span>
            )}
          </>
        )}
      </td>
      <td data-label="Fresh as of">
        {pipeline.last_success_at === null ? "–" : <Instant at={pipeline.last_success_at} />}
      </td>
      <td data-label="Next run">
        {pipeline.next_run_at === null ? (
          <span className={styles.quiet}>{pipeline.health === "paused" ? "paused" : "by hand"}</span>
        ) : (
          <Instant at={pipeline.next_run_at} />
        )}
      </td>
      <td className={styles.days}>
        <DayStrip days={days} />
      </td>
    </tr>
  );
}
