import type { Attributes, HrTime } from '@opentelemetry/api';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

/** What Jaeger's screen reads from a file, and its API answers: one trace. */
export interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly JaegerSpan[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string; readonly tags: readonly JaegerTag[] }>>;
}

export interface JaegerSpan {
  readonly traceID: string;
  readonly spanID: string;
  readonly operationName: string;
  /** CHILD_OF: a live hop; FOLLOWS_FROM: asked for by a stored event */
  readonly references: readonly {
    readonly refType: 'CHILD_OF' | 'FOLLOWS_FROM';
    readonly traceID: string;
    readonly spanID: string;
  }[];
  /** microseconds since 1970 */
  readonly startTime: number;
  /** microseconds */
  readonly duration: number;
  readonly tags: readonly JaegerTag[];
  readonly logs: readonly [];
  readonly processID: string;
}

export interface JaegerTag {
  readonly key: string;
  readonly type: 'string' | 'int64' | 'float64' | 'bool';
  readonly value: string | number | boolean;
}

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

const byStart = (a: JaegerSpan, b: JaegerSpan): number => a.startTime - b.startTime;

/** Spans of one trace, added to those that were known of it; a service is a process of the trace. */
export const addToTrace = (spans: readonly ReadableSpan[], known?: JaegerTrace): JaegerTrace => {
  const services = new Set([...Object.keys(known?.processes ?? {}), ...spans.map(serviceOf)]);
  const processes = Object.fromEntries([...services].sort().map((name) => [name, { serviceName: name, tags: [] }]));
  const all = [...(known?.spans ?? []), ...spans.map(toSpan)];
  return { traceID: all[0]!.traceID, spans: all.sort(byStart), processes };
};
