import { z } from "zod";
import type { Settings } from "../settings.ts";
import type { Store } from "../store/store.ts";
import { ControlError } from "./control-error.ts";

const limit = z.number().positive().nullish();

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
});

/** Changes the settings that are given, each as a whole. Throws ControlError for a stream that does not exist. */
export function changeSettings({ dataset, settings }: Store, changes: Partial<Settings>): void {
  const streams = new Set(dataset.plans.map(({ name }) => name));
  const unknown = Object.keys(changes.lateSeconds ?? {}).find((name) => !streams.has(name));
  if (unknown !== undefined) throw new ControlError(`"${unknown}" is no stream, so it cannot be late.`);
  Object.assign(settings, changes);
}

/** Yields the settings of a body. */
export function settingsOf(body: z.infer<typeof SettingsBody>): Partial<Settings> {
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
  };
}

/** Yields the settings as the control path shows them. */
export function settingsView({ rateLimits, lateSeconds, eventApiVersion }: Settings) {
  return {
    rate_limits: {
      global: rateLimits.global ?? null,
      endpoint: rateLimits.endpoint ?? null,
      global_concurrency: rateLimits.globalConcurrency ?? null,
      endpoint_concurrency: rateLimits.endpointConcurrency ?? null,
    },
    late_seconds: lateSeconds,
    event_api_version: eventApiVersion ?? null,
  };
}
