/** W3C trace context of one span, `00-<trace>-<span>-<flags>`: what events, headers and requests carry on. */
export type Traceparent = string;

/** Names and sizes; never a body, a token, a value of a Secret or a text that may hold one. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanRequest {
  /** what was done, in few words and of few kinds */
  readonly name: string;
  /** default: that of the span within which it happens */
  readonly service?: string;
  readonly kind?: 'server' | 'client';
  readonly attributes?: SpanAttributes;
}

/** A span that is open. */
export interface Span {
  readonly traceparent: Traceparent;
  set(attributes: SpanAttributes): void;
  /** It turned out to be nothing: it is not recorded. */
  drop(): void;
}

/** Work within a span; the span is undefined where nothing is recorded. What the work throws ends the span and is thrown on. */
export type Work<T> = (span: Span | undefined) => Promise<T>;

/**
 * Where the parts of the runtime leave spans. A service that is given none records none and pays nothing. Nothing is
 * recorded either of what belongs to no sampled trace.
 */
export interface Tracing {
  /** A request from outside: goes on with the caller's trace if that is sampled, otherwise begins one by the ratio. */
  request<T>(of: SpanRequest & { readonly caller?: Traceparent }, work: Work<T>): Promise<T>;
  /** Work that a stored event asked for: a span in its trace that is linked to it and is nobody's child. */
  after<T>(of: SpanRequest & { readonly cause: Traceparent }, work: Work<T>): Promise<T>;
  /** A hop of what is under way: a child of the span within which it happens. */
  hop<T>(of: SpanRequest, work: Work<T>): Promise<T>;
  /** A wait that begins now, as a child of that span; ends when the returned function is called, if ever. */
  wait(of: SpanRequest & { readonly parent: Traceparent }): (attributes?: SpanAttributes) => void;
  /** Hands over what is recorded, as far as that is possible within seconds, and records nothing more. Never throws. */
  close(): Promise<void>;
}

export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
}

const SHAPE = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** undefined for what is no traceparent of version 00. */
export const parseTraceparent = (text: Traceparent | undefined): TraceContext | undefined => {
  const [, traceId, spanId, flags] = SHAPE.exec(text ?? '') ?? [];
  if (!traceId || !spanId || !flags || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
};

export const formatTraceparent = ({ traceId, spanId, sampled }: TraceContext): Traceparent =>
  `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
