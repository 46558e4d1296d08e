import { useMemo } from "react";
import { api } from "../api/client.ts";
import { offeredStreams, type OfferedStream } from "./stream.ts";

const STALE_MS = 10 * 60_000;

/** Yields the streams that a connection's source offers, asked for once in ten minutes. */
export function useOfferedStreams(connectionId: string): Offered {
  const { data, error, refetch } = api.useQuery(
    "post",
    "/v1/connections/{id}/discover",
    { params: { path: { id: connectionId } } },
    { staleTime: STALE_MS },
  );
  const streams = useMemo(() => (data === undefined ? undefined : offeredStreams(data)), [data]);
  return { streams, error, retry: () => void refetch() };
}

export type Offered = { streams: readonly OfferedStream[] | undefined; error: unknown; retry: () => void };
