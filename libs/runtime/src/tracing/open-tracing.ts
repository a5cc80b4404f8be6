import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  ROOT_CONTEXT,
  type Span as OpenTelemetrySpan,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  type IdGenerator,
  RandomIdGenerator,
  type SpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import {
  formatTraceparent,
  parseTraceparent,
  type Span,
  type SpanRequest,
  type TraceContext,
  type Tracing,
  type Work,
} from './tracing.ts';

export interface TracingOptions {
  /** share of requests that begin a trace, 0 to 1; callers' sampled traces are always gone on with */
  readonly ratio: number;
  readonly random: () => number;
  /** takes what has ended to where it is read */
  readonly processors: readonly SpanProcessor[];
}

/** A root span gets the trace of the event that it is linked to: one trace from the request to the cluster. */
class CarriedIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  #next: string | undefined;

  /** Of the next root span, which has to be started before anything else is awaited. */
  carry(traceId: string): void {
    this.#next = traceId;
  }

  generateTraceId(): string {
    const next = this.#next ?? this.#random.generateTraceId();
    this.#next = undefined;
    return next;
  }

  generateSpanId(): string {
    return this.#random.generateSpanId();
  }
}

interface Active {
  readonly context: TraceContext;
  readonly service: string;
}

interface Begun extends Active {
  readonly span: OpenTelemetrySpan;
  dropped: boolean;
}

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT } as const;

/** Spans by OpenTelemetry; each service is a resource of its own, also where several run in one process. */
export const openTracing = (options: TracingOptions): Tracing => new OpenTelemetryTracing(options);

class OpenTelemetryTracing implements Tracing {
  readonly #options: TracingOptions;
  readonly #ids = new CarriedIds();
  readonly #providers = new Map<string, TracerProvider>();
  readonly #active = new AsyncLocalStorage<Active>();

  constructor(options: TracingOptions) {
    this.#options = options;
  }

  request<T>(of: SpanRequest & { readonly caller?: string }, work: Work<T>): Promise<T> {
    const caller = parseTraceparent(of.caller);
    if (caller ? !caller.sampled : this.#options.random() >= this.#options.ratio) return work(undefined);
    return this.#run(this.#begin(of, { parent: caller }), work);
  }

  after<T>(of: SpanRequest & { readonly cause: string }, work: Work<T>): Promise<T> {
    const cause = parseTraceparent(of.cause);
    return cause?.sampled ? this.#run(this.#begin(of, { cause }), work) : work(undefined);
  }

  hop<T>(of: SpanRequest, work: Work<T>): Promise<T> {
    const active = this.#active.getStore();
    return active ? this.#run(this.#begin({ ...active, ...of }, { parent: active.context }), work) : work(undefined);
  }

  wait(of: SpanRequest & { readonly parent: string }): ReturnType<Tracing['wait']> {
    const parent = parseTraceparent(of.parent);
    if (!parent?.sampled) return () => undefined;
    const { span } = this.#begin(of, { parent });
    return (attributes = {}) => void span.setAttributes(attributes).end();
  }

  async close(): Promise<void> {
    // What cannot be handed over is lost, and no reason for a process to end with an error.
    await Promise.allSettled(this.#options.processors.map((processor) => processor.shutdown()));
  }

  #begin(of: SpanRequest, from: { parent?: TraceContext; cause?: TraceContext }): Begun {
    const { name, service = 'skerry', kind, attributes } = of;
    const { parent, cause } = from;
    if (cause) this.#ids.carry(cause.traceId);
    const span = this.#tracerOf(service).startSpan(
      name,
      {
        kind: kind ? KINDS[kind] : SpanKind.INTERNAL,
        ...(attributes && { attributes: { ...attributes } }),
        ...(cause && { links: [{ context: spanContextOf(cause) }] }),
      },
      parent ? contextOf(parent) : ROOT_CONTEXT,
    );
    const { traceId, spanId } = span.spanContext();
    return { span, service, context: { traceId, spanId, sampled: true }, dropped: false };
  }

  async #run<T>(begun: Begun, work: Work<T>): Promise<T> {
    const { span, context, service } = begun;
    const open: Span = {
      traceparent: formatTraceparent(context),
      set: (attributes) => void span.setAttributes({ ...attributes }),
      drop: () => (begun.dropped = true),
    };
    try {
      return await this.#active.run({ context, service }, () => work(open));
    } catch (error) {
      begun.dropped = false;
      // what kind, never the text: it may repeat what somebody sent
      span.setAttribute('error.type', error instanceof Error ? error.name : typeof error);
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      if (!begun.dropped) span.end(); // one that never ends is never recorded
    }
  }

  #tracerOf(service: string) {
    let provider = this.#providers.get(service);
    if (!provider) {
      provider = new TracerProvider({
        resource: resourceFromAttributes({ 'service.name': service, 'service.namespace': 'skerry' }),
        sampler: new AlwaysOnSampler(), // what is not sampled never comes here
        idGenerator: this.#ids,
        spanProcessors: [...this.#options.processors],
      });
      this.#providers.set(service, provider);
    }
    return provider.getTracer('skerry');
  }
}

const spanContextOf = ({ traceId, spanId }: TraceContext) => ({
  traceId,
  spanId,
  traceFlags: TraceFlags.SAMPLED,
  isRemote: true,
});

const contextOf = (parent: TraceContext): Context => trace.setSpanContext(ROOT_CONTEXT, spanContextOf(parent));
