import { z } from "zod";
import type { PushSettings, Settings } from "../settings.ts";
import type { Store } from "../store/store.ts";
import { ControlError } from "./control-error.ts";

const limit = z.number().positive().nullish();
const share = z.number().min(0).max(1).optional();
const milliseconds = z.int().min(0).max(600_000).optional();

/** The settings as the control path takes them; null ends a limit. */
export const SettingsBody = z.strictObject({
  rate_limits: z
    .strictObject({ global: limit, endpoint: limit, global_concurrency: limit, endpoint_concurrency: limit })
    .optional(),
  late_seconds: z.record(z.string(), z.int().min(0)).optional(),
  event_api_version: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$/)
    .nullish(),
  push: z
    .strictObject({
      duplicates: share,
      drops: share,
      jitter_ms: milliseconds,
      retry_ms: z.array(z.int().min(0)).optional(),
      timeout_ms: milliseconds,
      reconnect_seconds: z.int().min(1).optional(),
    })
    .optional(),
});

/** The settings that are to change, each as a whole, but for `push`, of which each may change by itself. */
export type SettingsChange = Partial<Omit<Settings, "push">> & { push?: Partial<PushSettings> | undefined };

/** Changes the settings that are given. Throws ControlError for a stream that does not exist. */
export function changeSettings({ dataset, settings }: Store, { push, ...changes }: SettingsChange): void {
  const streams = new Set(dataset.plans.map(({ name }) => name));
  const unknown = Object.keys(changes.lateSeconds ?? {}).find((name) => !streams.has(name));
  if (unknown !== undefined) throw new ControlError(`"${unknown}" is no stream, so it cannot be late.`);
  Object.assign(settings, changes, { push: { ...settings.push, ...push } });
}

/** Yields the settings of a body. */
export function settingsOf(body: z.infer<typeof SettingsBody>): SettingsChange {
  const limits = body.rate_limits;
  return {
    ...(limits && {
      rateLimits: {
        global: limits.global ?? undefined,
        endpoint: limits.endpoint ?? undefined,
        globalConcurrency: limits.global_concurrency ?? undefined,
        endpointConcurrency: limits.endpoint_concurrency ?? undefined,
      },
    }),
    ...(body.late_seconds && { lateSeconds: body.late_seconds }),
    ...(body.event_api_version !== undefined && { eventApiVersion: body.event_api_version ?? undefined }),
    ...(body.push && { push: pushOf(body.push) }),
  };
}

function pushOf({
  jitter_ms: jitterMs,
  retry_ms: retryMs,
  timeout_ms: timeoutMs,
  reconnect_seconds: reconnectSeconds,
  ...shares
}: NonNullable<z.infer<typeof SettingsBody>["push"]>): Partial<PushSettings> {
  const given = { ...shares, jitterMs, retryMs, timeoutMs, reconnectSeconds };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** Yields the settings as the control path shows them. */
export function settingsView({ rateLimits, lateSeconds, eventApiVersion, push }: Settings) {
  return {
    rate_limits: {
      global: rateLimits.global ?? null,
      endpoint: rateLimits.endpoint ?? null,
      global_concurrency: rateLimits.globalConcurrency ?? null,
      endpoint_concurrency: rateLimits.endpointConcurrency ?? null,
    },
    late_seconds: lateSeconds,
    event_api_version: eventApiVersion ?? null,
    push: {
      duplicates: push.duplicates,
      drops: push.drops,
      jitter_ms: push.jitterMs,
      retry_ms: push.retryMs,
      timeout_ms: push.timeoutMs,
      reconnect_seconds: push.reconnectSeconds,
    },
  };
}
