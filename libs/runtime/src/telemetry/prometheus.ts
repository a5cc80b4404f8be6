import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Metrics, Source } from './metrics.ts';

type Sample = readonly [labels: Record<string, string>, value: number];
type Figures<Kind extends Source['kind']> = Awaited<ReturnType<Extract<Source, { kind: Kind }>['read']>>;
type Samples = () => Promise<Sample[]>;

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
    this.#appends = new Counter({
      name: 'skerry_appends_total',
      help: 'appends by their answer',
      labelNames: ['actor', 'answer'],
      registers,
    });
    this.#events = new Counter({
      name: 'skerry_appended_events_total',
      help: 'events in appends that were answered with appended',
      labelNames: ['actor'],
      registers,
    });
    this.#seconds = new Histogram({
      name: 'skerry_append_seconds',
      help: 'time to the answer of an append',
      labelNames: ['actor'],
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5],
      registers,
    });
    this.#requests = new Counter({
      name: 'skerry_gateway_requests_total',
      help: 'requests that were answered, by verb and status code; aborted: the client left before',
      labelNames: ['verb', 'code'],
      registers,
    });
    this.#requestSeconds = new Histogram({
      name: 'skerry_gateway_request_seconds',
      help: 'time from a request to the end of its answer, watches left out',
      labelNames: ['verb'],
      buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
      registers,
    });
    this.#declareConsumers();
    this.#declareWorkers();
    this.#declareLeasesAndRelay();
    this.#declareGateway();
    this.#declareRetention();
    this.#declareSyncers();
  }

  watch(source: Source): () => void {
    this.#sources.add(source);
    return () => void this.#sources.delete(source);
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

  #declareConsumers(): void {
    const of = (read: (figures: Figures<'consumer'>) => number): Samples =>
      this.#samples('consumer', (consumer, figures) => [[{ consumer }, read(figures)]]);
    const counter = { type: Counter, labelNames: ['consumer'] };
    const gauge = { type: Gauge, labelNames: ['consumer'] };
    this.#declare('skerry_consumer_folded_total', {
      ...counter,
      help: 'events folded',
      samples: of(({ folded }) => folded),
    });
    this.#declare('skerry_consumer_mended_total', {
      ...counter,
      help: 'events that came from the store because the bus had lost or held them',
      samples: of(({ mended }) => mended),
    });
    this.#declare('skerry_consumer_lag_positions', {
      ...gauge,
      help: 'positions between the last announced head and what is folded',
      samples: of(({ lagPositions }) => lagPositions),
    });
    this.#declare('skerry_consumer_live', {
      ...gauge,
      help: '1: folds; 0: starts or has stopped',
      samples: of(({ live }) => Number(live)),
    });
  }

  #declareWorkers(): void {
    const states = ['dirty', 'running', 'waiting', 'parked'] as const;
    this.#declare('skerry_worker_keys', {
      type: Gauge,
      labelNames: ['worker', 'state'],
      help: 'keys by state; parked ones need a person or new facts',
      samples: this.#samples('worker', (worker, figures) =>
        states.map((state): Sample => [{ worker, state }, figures[state]]),
      ),
    });
    this.#declare('skerry_worker_decisions_total', {
      type: Counter,
      labelNames: ['worker', 'outcome'],
      help: 'ends of work on a key',
      samples: this.#samples('worker', (worker, { ends }) =>
        Object.entries(ends).map(([outcome, count]): Sample => [{ worker, outcome }, count]),
      ),
    });
  }

  #declareLeasesAndRelay(): void {
    const ofRelay = (read: (figures: Figures<'relay'>) => number): Samples =>
      this.#samples('relay', (relay, figures) => [[{ relay }, read(figures)]]);
    this.#declare('skerry_lease_held', {
      type: Gauge,
      labelNames: ['lease'],
      help: '1: this process holds it',
      samples: this.#samples('lease', (lease, { held }) => [[{ lease }, Number(held)]]),
    });
    this.#declare('skerry_relay_position', {
      type: Gauge,
      labelNames: ['relay'],
      help: 'last position that is on the bus',
      samples: ofRelay(({ position }) => position),
    });
    this.#declare('skerry_relay_published_total', {
      type: Counter,
      labelNames: ['relay'],
      help: 'events given to the bus',
      samples: ofRelay(({ published }) => published),
    });
    this.#declare('skerry_relay_failing', {
      type: Gauge,
      labelNames: ['relay'],
      help: '1: the last try to publish failed',
      samples: ofRelay(({ failing }) => Number(failing)),
    });
  }

  #declareRetention(): void {
    const done = ['runs', 'rows', 'blobs', 'partitions'] as const;
    this.#declare('skerry_retention_total', {
      type: Counter,
      labelNames: ['retention', 'what'],
      help: 'runs, and what they did: rows and blobs removed, partitions added',
      samples: this.#samples('retention', (retention, figures) =>
        done.map((what): Sample => [{ retention, what }, figures[what]]),
      ),
    });
    this.#declare('skerry_retention_failing', {
      type: Gauge,
      labelNames: ['retention'],
      help: '1: the last run failed',
      samples: this.#samples('retention', (retention, { failing }) => [[{ retention }, Number(failing)]]),
    });
  }

  #declareSyncers(): void {
    const of = (read: (figures: Figures<'syncer'>) => number | undefined): Samples =>
      this.#samples('syncer', (cluster, figures) => {
        const value = read(figures);
        return value === undefined ? [] : [[{ cluster }, value]];
      });
    const [counter, gauge] = [{ type: Counter }, { type: Gauge }];
    const declare = (name: string, metric: { type: typeof Counter | typeof Gauge; help: string; samples: Samples }) =>
      this.#declare(`skerry_syncer_${name}`, { ...metric, labelNames: ['cluster'] });
    declare('applies_total', { ...counter, help: 'changes accepted', samples: of(({ applies }) => applies) });
    declare('skips_total', { ...counter, help: 'looks with nothing to do', samples: of(({ skips }) => skips) });
    declare('repairs_total', { ...counter, help: 'drift repaired', samples: of(({ repairs }) => repairs) });
    declare('deletes_total', { ...counter, help: 'deletes accepted', samples: of(({ deletes }) => deletes) });
    declare('refusals_total', { ...counter, help: 'changes refused', samples: of(({ refusals }) => refusals) });
    declare('withdrawals_held', {
      ...gauge,
      help: 'withdrawals that wait for a person',
      samples: of(({ withdrawalsHeld }) => withdrawalsHeld),
    });
    declare('queue_length', {
      ...gauge,
      help: 'objects that have to be looked at',
      samples: of(({ queueLength }) => queueLength),
    });
    declare('acting', {
      ...gauge,
      help: '1: holds the lease of the cluster',
      samples: of(({ acting }) => Number(acting)),
    });
    declare('last_beat_timestamp_seconds', {
      ...gauge,
      help: 'when the last beat was sent; absent before the first',
      samples: of(({ lastBeat }) => lastBeat && lastBeat.getTime() / 1_000),
    });
  }

  #declareGateway(): void {
    const gauge = { type: Gauge, labelNames: ['gateway'] };
    this.#declare('skerry_gateway_requests_in_flight', {
      ...gauge,
      help: 'requests that are being answered, watches left out',
      samples: this.#samples('gateway', (gateway, { inFlight }) => [[{ gateway }, inFlight]]),
    });
    this.#declare('skerry_gateway_watches', {
      ...gauge,
      help: 'open watches and followed event streams',
      samples: this.#samples('gateway', (gateway, { watches }) => [[{ gateway }, watches]]),
    });
    this.#declare('skerry_gateway_state_position', {
      ...gauge,
      help: 'position of the store up to which reads are answered',
      samples: this.#samples('state', (gateway, { position }) => [[{ gateway }, position]]),
    });
    this.#declare('skerry_gateway_state_lag_positions', {
      ...gauge,
      help: 'positions that the store has and the state behind reads has not; absent while the store does not answer',
      samples: this.#samples('state', (gateway, { lagPositions }) =>
        lagPositions === undefined ? [] : [[{ gateway }, lagPositions]],
      ),
    });
  }

  #samples<Kind extends Source['kind']>(
    kind: Kind,
    toSamples: (name: string, figures: Figures<Kind>) => Sample[],
  ): Samples {
    return async () => {
      const sources = [...this.#sources].filter((source) => source.kind === kind);
      const figures = await Promise.all(sources.map((source) => source.read() as Promise<Figures<Kind>>));
      return sources.flatMap(({ name }, index) => toSamples(name, figures[index]!));
    };
  }

  /** Sources of one name add up: a cluster's syncer that was started anew beside the one that ends, for a moment. */
  #declare(
    name: string,
    metric: { type: typeof Counter | typeof Gauge; labelNames: string[]; help: string; samples: Samples },
  ): void {
    const { type: Type, labelNames, help, samples } = metric;
    new Type({
      name,
      help,
      labelNames,
      registers: [this.#registry],
      async collect() {
        const now = await samples();
        this.reset();
        for (const [labels, value] of now) this.inc(labels, value);
      },
    });
  }
}
