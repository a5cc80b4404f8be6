import type { Attributes, HrTime } from '@opentelemetry/api';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { type JaegerSpan, type JaegerTag, type JaegerTrace, joinedTrace } from './jaeger-trace.ts';

const micros = ([seconds, nanos]: HrTime): number => seconds * 1_000_000 + Math.floor(nanos / 1_000);

const tagOf = (key: string, value: unknown): JaegerTag => {
  if (typeof value === 'boolean') return { key, type: 'bool', value };
  if (typeof value === 'number') return { key, type: Number.isInteger(value) ? 'int64' : 'float64', value };
  return { key, type: 'string', value: String(value) };
};

const tagsOf = (attributes: Attributes): JaegerTag[] =>
  Object.entries(attributes).map(([key, value]) => tagOf(key, value));

const serviceOf = ({ resource }: ReadableSpan): string => String(resource.attributes['service.name']);

const toSpan = (span: ReadableSpan): JaegerSpan => {
  const { traceId, spanId } = span.spanContext();
  const parent = span.parentSpanContext;
  const failed = span.status.code === SpanStatusCode.ERROR ? [tagOf('error', true)] : [];
  const kind = span.kind === SpanKind.INTERNAL ? [] : [tagOf('span.kind', SpanKind[span.kind].toLowerCase())];
  return {
    traceID: traceId,
    spanID: spanId,
    operationName: span.name,
    references: [
      ...(parent ? [{ refType: 'CHILD_OF' as const, traceID: parent.traceId, spanID: parent.spanId }] : []),
      ...span.links.map(({ context }) => ({
        refType: 'FOLLOWS_FROM' as const,
        traceID: context.traceId,
        spanID: context.spanId,
      })),
    ],
    startTime: micros(span.startTime),
    duration: micros(span.duration),
    tags: [...tagsOf(span.attributes), ...kind, ...failed],
    logs: [],
    processID: serviceOf(span),
  };
};

/** Spans of one trace, added to those that were known of it. */
export const addToTrace = (spans: readonly ReadableSpan[], known?: JaegerTrace): JaegerTrace =>
  joinedTrace([...(known?.spans ?? []), ...spans.map(toSpan)]);
