import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Tracing } from './tracing.ts';

export interface TraceSettings {
  /** share of requests that begin a trace, 0 to 1 */
  readonly ratio: number;
  /** an OTLP/HTTP receiver, e.g. http://collector:4318/v1/traces */
  readonly otlpUrl?: string | undefined;
  /** a folder for files in Jaeger's format */
  readonly folder?: string | undefined;
}

const FLUSH_EVERY_MS = 1_000;
/** A process that stops waits no longer for a receiver that is away. */
const SEND_WITHIN_MS = 2_000;

/**
 * Tracing as it is set; undefined where there is nowhere to take spans to. What it needs is loaded only then: a process
 * without it neither waits for it nor has it in memory.
 */
export const configuredTracing = async (
  settings: TraceSettings,
  { writer, random }: { writer: string; random: () => number },
): Promise<Tracing | undefined> => {
  const exporters = await exportersOf(settings, writer);
  if (exporters.length === 0) return undefined;
  const [{ BatchSpanProcessor }, { openTracing }] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('./open-tracing.ts'),
  ]);
  const processors = exporters.map(
    (exporter) => new BatchSpanProcessor({ exporter, scheduledDelayMillis: FLUSH_EVERY_MS }),
  );
  return openTracing({ ratio: settings.ratio, random, processors });
};

const exportersOf = async ({ otlpUrl, folder }: TraceSettings, writer: string): Promise<SpanExporter[]> => {
  const exporters: SpanExporter[] = [];
  if (otlpUrl !== undefined) {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
    exporters.push(new OTLPTraceExporter({ url: otlpUrl, timeoutMillis: SEND_WITHIN_MS }));
  }
  if (folder !== undefined) {
    const { JaegerFolder } = await import('./jaeger-folder.ts');
    exporters.push(new JaegerFolder({ path: folder, writer }));
  }
  return exporters;
};
