import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import type { Store } from "../store/store.ts";
import { LAST_GOOD_AT, TELLING_STATUS } from "../store/telling-runs.ts";

type PipelineRow = {
  id: string;
  name: string;
  last_success: number | null;
  last_status: string | null;
  queued: number;
  running: number;
  inbox: number;
  waiting_s: number;
};

const PIPELINE = ["pipeline_id", "pipeline"] as const;

/** What Prometheus is told: of this program, of its requests, and of each pipeline as the store has it. */
export class Metrics {
  readonly #store: Store;
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: "sluice_http_requests_total",
    help: "Requests that were answered.",
    labelNames: ["method", "route", "status"],
    registers: [this.#registry],
  });
  readonly #durations = new Histogram({
    name: "sluice_http_request_duration_seconds",
    help: "From a request to its answer.",
    labelNames: ["method", "route"],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [this.#registry],
  });
  readonly #runs = this.#gauge("sluice_runs", "Runs that wait or go on.", [...PIPELINE, "status"]);
  readonly #waiting = this.#gauge("sluice_run_waiting_seconds", "How long the oldest run waits.", PIPELINE);
  readonly #success = this.#gauge(
    "sluice_pipeline_last_success_timestamp_seconds",
    "When the last run that succeeded ended, and now while a live run goes on; absent when none did.",
    PIPELINE,
  );
  readonly #failing = this.#gauge(
    "sluice_pipeline_failing",
    "1 when the last run that ended did not succeed, though nobody stopped it.",
    PIPELINE,
  );

  readonly #latency = this.#gauge(
    "sluice_event_latency_seconds",
    "From the receipt of an event until it was committed, over the last 15 minutes; absent without any.",
    [...PIPELINE, "quantile"],
  );
  readonly #inbox = this.#gauge("sluice_inbox_events", "Pushed events that are not committed yet.", PIPELINE);

  constructor(store: Store) {
    this.#store = store;
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Counts a request. `route` is the pattern and not the path, of which there are as many as things. */
  answered({ method, route, status, ms }: { method: string; route: string; status: number; ms: number }): void {
    this.#requests.inc({ method, route, status: String(status) });
    this.#durations.observe({ method, route }, ms / 1000);
  }

  /** Resolves to all figures in Prometheus' text format. */
  async text(): Promise<{ type: string; text: string }> {
    await this.#lookAtPipelines();
    return { type: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  async #lookAtPipelines(): Promise<void> {
    const { rows } = await this.#store.database.pool.query<PipelineRow>(
      `SELECT p.id, name, extract(epoch FROM ${LAST_GOOD_AT})::float8 AS last_success, ${TELLING_STATUS} AS last_status,
              open.queued, open.running, open.waiting_s, coalesce(inboxes.pending, 0)::float8 AS inbox
         FROM pipelines p
         LEFT JOIN inboxes ON inboxes.pipeline_id = p.id
         LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE status = 'queued')::int AS queued,
              count(*) FILTER (WHERE status = 'running')::int AS running,
              coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE status = 'queued')), 0)::float8 AS waiting_s
             FROM runs WHERE pipeline_id = p.id AND ended_at IS NULL) AS open ON true`,
    );
    // one that was deleted is told of no more
    for (const gauge of [this.#runs, this.#waiting, this.#success, this.#failing, this.#inbox, this.#latency])
      gauge.reset();
    const latencies = await this.#store.inbox.latencies();
    for (const row of rows) {
      const labels = { pipeline_id: row.id, pipeline: row.name };
      this.#runs.set({ ...labels, status: "queued" }, row.queued);
      this.#runs.set({ ...labels, status: "running" }, row.running);
      this.#waiting.set(labels, row.waiting_s);
      this.#inbox.set(labels, row.inbox);
      const latency = latencies.get(row.id);
      if (latency !== undefined)
        for (const quantile of ["50", "95", "99"] as const)
          this.#latency.set({ ...labels, quantile: `0.${quantile}` }, latency[`p${quantile}_ms`] / 1000);
      if (row.last_success !== null) this.#success.set(labels, row.last_success);
      this.#failing.set(labels, row.last_status === null || row.last_status === "succeeded" ? 0 : 1);
    }
  }

  #gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> {
    return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.#registry] });
  }
}
