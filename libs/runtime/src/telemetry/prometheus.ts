import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type DeclaredMetric, declaredMetrics, type Sample } from './declared-metrics.ts';
import type { Metrics, Source } from './metrics.ts';

/** Metrics of what happens, counted as it happens. */
export const countedMetrics = {
  appends: { name: 'skerry_appends_total', help: 'appends by their answer', labelNames: ['actor', 'answer'] },
  events: {
    name: 'skerry_appended_events_total',
    help: 'events in appends that were answered with appended',
    labelNames: ['actor'],
  },
  seconds: {
    name: 'skerry_append_seconds',
    help: 'time to the answer of an append',
    labelNames: ['actor'],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5],
  },
  requests: {
    name: 'skerry_gateway_requests_total',
    help: 'requests that were answered, by verb and status code; aborted: the client left before',
    labelNames: ['verb', 'code'],
  },
  requestSeconds: {
    name: 'skerry_gateway_request_seconds',
    help: 'time from a request to the end of its answer, watches left out',
    labelNames: ['verb'],
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
  },
} as const;

/** Metrics in the text format of Prometheus, one registry per object: two hubs in one process do not mix. */
export class PrometheusMetrics implements Metrics {
  readonly #registry = new Registry();
  readonly #sources = new Set<Source>();
  readonly #appends: Counter<'actor' | 'answer'>;
  readonly #events: Counter<'actor'>;
  readonly #seconds: Histogram<'actor'>;
  readonly #requests: Counter<'verb' | 'code'>;
  readonly #requestSeconds: Histogram<'verb'>;

  /** `process`: also CPU, memory, event loop and garbage collection of this process */
  constructor(options: { readonly process?: boolean } = {}) {
    const registers = [this.#registry];
    if (options.process) collectDefaultMetrics({ register: this.#registry });
    const { appends, events, seconds, requests, requestSeconds } = countedMetrics;
    this.#appends = new Counter({ ...appends, registers });
    this.#events = new Counter({ ...events, registers });
    this.#seconds = new Histogram({ ...seconds, buckets: [...seconds.buckets], registers });
    this.#requests = new Counter({ ...requests, registers });
    this.#requestSeconds = new Histogram({ ...requestSeconds, buckets: [...requestSeconds.buckets], registers });
    for (const metric of declaredMetrics) this.#declare(metric);
  }

  watch(source: Source): () => void {
    this.#sources.add(source);
    return () => void this.#sources.delete(source);
  }

  /** What is watched now, to be read by whoever tells figures in another way. */
  get sources(): Iterable<Source> {
    return this.#sources;
  }

  answered({ actor, answer, events, seconds }: Parameters<Metrics['answered']>[0]): void {
    this.#appends.inc({ actor, answer });
    if (answer === 'appended') this.#events.inc({ actor }, events);
    this.#seconds.observe({ actor }, seconds);
  }

  served({ verb, code, seconds }: Parameters<Metrics['served']>[0]): void {
    this.#requests.inc({ verb, code });
    if (seconds !== undefined) this.#requestSeconds.observe({ verb }, seconds);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything as of now, in the exposition format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  async #samplesOf({ kind, samples }: DeclaredMetric): Promise<readonly Sample[]> {
    const sources = [...this.#sources].filter((source) => source.kind === kind);
    const figures = await Promise.all(sources.map((source) => source.read()));
    return sources.flatMap(({ name }, index) => samples(name, figures[index] as never));
  }

  /** Sources of one name add up: a cluster's syncer that was started anew beside the one that ends, for a moment. */
  #declare(metric: DeclaredMetric): void {
    const { name, help, labels } = metric;
    const Type = metric.type === 'counter' ? Counter : Gauge;
    const read = (): Promise<readonly Sample[]> => this.#samplesOf(metric);
    new Type({
      name,
      help,
      labelNames: [...labels],
      registers: [this.#registry],
      async collect() {
        const now = await read();
        this.reset();
        for (const [of, value] of now) this.inc(of, value);
      },
    });
  }
}
