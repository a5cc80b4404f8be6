import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { openTracing } from './open-tracing.ts';
import type { Tracing } from './tracing.ts';

/** Tracing of which a test reads the spans that have ended, in the order in which they did. */
export const recordedTracing = (
  draw: { ratio: number; random: () => number } = { ratio: 1, random: () => 0 },
): { tracing: Tracing; ended: () => readonly ReadableSpan[] } => {
  const exporter = new InMemorySpanExporter();
  const tracing = openTracing({ ...draw, processors: [new SimpleSpanProcessor({ exporter })] });
  return { tracing, ended: () => exporter.getFinishedSpans() };
};
