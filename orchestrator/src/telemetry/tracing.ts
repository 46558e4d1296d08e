import { SpanKind, SpanStatusCode, trace, type Attributes, type Span } from "@opentelemetry/api";

const TRACER = "@sluice/orchestrator";

/**
 * Sends traces to the collector of OTEL_EXPORTER_OTLP_ENDPOINT, as OTLP over HTTP; without it nothing is loaded or traced.
 * Disposing it sends what is left. OTEL_SERVICE_NAME says what the program is called there; else it is sluice.
 */
export async function startTracing(env: NodeJS.ProcessEnv = process.env): Promise<AsyncDisposable> {
  const isWanted = [env["OTEL_EXPORTER_OTLP_ENDPOINT"], env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]].some(Boolean);
  if (!isWanted || env["OTEL_SDK_DISABLED"] === "true") return { [Symbol.asyncDispose]: async () => {} };
  const [{ BatchSpanProcessor, TracerProvider }, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all(
    [
      import("@opentelemetry/sdk-trace"),
      import("@opentelemetry/exporter-trace-otlp-http"),
      import("@opentelemetry/resources"),
    ],
  );
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": env["OTEL_SERVICE_NAME"] || "sluice" }),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  trace.setGlobalTracerProvider(provider);
  return {
    async [Symbol.asyncDispose]() {
      trace.disable();
      // a collector that is away must not hold up the end
      await provider.shutdown().catch(() => {});
    },
  };
}

/** Begins the span of a request, for who ends it. */
export function requestSpan(name: string, attributes: Attributes): Span {
  return trace.getTracer(TRACER).startSpan(name, { kind: SpanKind.SERVER, attributes });
}

/** Resolves to what the work does, traced as one span; `failureOf` says why it is to be shown as failed. */
export async function traced<T>(
  { name, attributes, failureOf }: { name: string; attributes: Attributes; failureOf(result: T): string | undefined },
  work: () => Promise<T>,
): Promise<T> {
  const span = trace.getTracer(TRACER).startSpan(name, { kind: SpanKind.CONSUMER, attributes });
  try {
    const result = await work();
    const failure = failureOf(result);
    if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
    return result;
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : "failure" });
    throw error;
  } finally {
    span.end();
  }
}
