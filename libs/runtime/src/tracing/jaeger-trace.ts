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

const byStart = (a: JaegerSpan, b: JaegerSpan): number => a.startTime - b.startTime;

/** One trace of what several know of it; a service is a process of the trace. At least one span has to be there. */
export const joinedTrace = (spans: readonly JaegerSpan[]): JaegerTrace => {
  const services = [...new Set(spans.map(({ processID }) => processID))].sort();
  const processes = Object.fromEntries(services.map((name) => [name, { serviceName: name, tags: [] }]));
  return { traceID: spans[0]!.traceID, spans: [...spans].sort(byStart), processes };
};
