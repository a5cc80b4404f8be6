import type { StoredEvent } from '@skerry/ports/event-store/event-store';
import type { EventStore } from '@skerry/ports/event-store/event-store';
import type { Bus } from '@skerry/ports/bus/bus';
import type { Clock } from '@skerry/ports/clock/clock';
import type { Leases, LeaseTerm } from '@skerry/ports/lease/lease';
import { decodeEvent, type DomainEvent } from '@skerry/domain/codec';
import { Appender, type Decided } from '../append/appender.ts';
import type { ChannelSelection } from '../consumer/channel-selection.ts';
import { Consumer } from '../consumer/consumer.ts';
import { Leadership } from '../lease/leadership.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Span, Tracing } from '../tracing/tracing.ts';
import { Worker } from '../worker/worker.ts';
import { type Cause, Causes } from './causes.ts';
import { encodeParked, PARKED_SUBJECT } from './parked.ts';

/** Everything a service needs from the world, as ports. */
export interface World {
  readonly store: EventStore;
  readonly bus: Bus;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: Metrics;
  /** absent: nothing is traced */
  readonly tracing?: Tracing;
  /** unique for this process's run */
  readonly holder: string;
}

/** An event with its row: `event.data` is decoded, `row` says where it stands. */
export interface Folded {
  readonly event: DomainEvent;
  readonly row: StoredEvent;
}

export interface DecisionServiceOptions {
  readonly name: string;
  readonly world: World;
  readonly selection: ChannelSelection;
  /** Folds into the service's state and answers the keys that have to be looked at. Must not depend on order across channels. */
  readonly fold: (folded: Folded) => Iterable<string>;
  /** Decides one key from state; undefined: nothing to do. */
  readonly decide: (key: string) => Promise<WorkOutcome | undefined>;
  /** one active writer with a warm standby, instead of writers that meet at stream versions */
  readonly leased: boolean;
  /**
   * Forgets what is over, and answers its keys. Called now and then when everything up to the head is folded, also while another
   * instance decides: what only its decisions led to forgetting would stay with a standby for as long as it stands by.
   */
  readonly retire?: () => Iterable<string>;
  /** called with true when the service begins to decide (also after a change of lease), with false when it no longer does */
  readonly onActive?: (active: boolean) => void;
}

export interface WorkOutcome {
  readonly decided?: Decided;
  readonly wakeAtMs?: number;
}

const PARKED_EVERY_MS = 2_000;
const RETIRE_EVERY_MS = 30_000;
/** Heads come every second, and what they announce is folded within another. */
const AT_HEAD_MS = 5_000;

/**
 * Fold, then decide. A fold marks keys; a worker decides each from state and appends; own events are folded when the
 * append is acknowledged. Nothing is decided before everything up to the head is folded, nor after the consumer has
 * stopped: then a lease is given back too. An appended decision carries on the correlation id and the traceparent of the
 * last event that marked its key, and names it as its cause.
 */
export class DecisionService {
  readonly #options: DecisionServiceOptions;
  readonly #consumer: Consumer;
  readonly #worker: Worker;
  readonly #appender: Appender;
  readonly #leadership: Leadership | undefined;
  readonly #causes = new Causes();
  #deciding = false;
  #stopped = false;
  #cancelRetire: () => void = () => {};

  constructor(options: DecisionServiceOptions) {
    const { name, world } = options;
    const log = world.log.child({ service: name });
    this.#options = options;
    this.#worker = new Worker({
      ...world,
      name,
      log,
      work: (key) => this.#work(key),
      describe: (key) => this.#causes.of(key) ?? {},
    });
    this.#consumer = new Consumer({
      ...world,
      log,
      name,
      selection: options.selection,
      fold: (row) => this.#fold(row),
      onFailed: () => this.#onConsumerFailed(),
    });
    this.#leadership = options.leased
      ? new Leadership({
          ...world,
          log,
          name,
          onElected: (term) => void this.#activate(term),
          onLost: () => void this.#deactivate(),
        })
      : undefined;
    this.#appender = new Appender({
      ...world,
      actor: `service:${name}`,
      lease: this.#leadership ? () => this.#leadership!.term : undefined,
      onAppended: (events) => events.forEach((event) => this.#consumer.offer(event)),
    });
  }

  async start(): Promise<void> {
    await this.#consumer.start();
    if (this.#leadership) await this.#leadership.start();
    else this.#begin();
    this.#reportParked(false);
    this.#retireLater();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelRetire();
    await this.#deactivate();
    await this.#leadership?.stop();
    await this.#consumer.stop();
  }

  mark(key: string): void {
    this.#worker.mark(key);
  }

  get consumer(): Consumer {
    return this.#consumer;
  }

  get worker(): Worker {
    return this.#worker;
  }

  /** Appends outside of the worker, for outcomes that do not belong to one key (intake of reports). */
  append(decided: Decided): Promise<readonly StoredEvent[]> {
    return this.#appender.append(decided);
  }

  get active(): boolean {
    return this.#leadership === undefined || this.#leadership.term !== undefined;
  }

  /** undefined: healthy */
  get unhealthy(): string | undefined {
    if (this.#consumer.failure) return `consumer stopped: ${String(this.#consumer.failure)}`;
    return undefined;
  }

  /** What the consumer has stopped for. */
  get failure(): unknown {
    return this.#consumer.failure;
  }

  get ready(): boolean {
    return this.#consumer.state === 'live';
  }

  #fold(row: StoredEvent): void {
    for (const key of this.#options.fold({ event: decodeEvent(row), row })) {
      this.#causes.note(key, row);
      this.#worker.mark(key);
    }
  }

  /** A new holder folds to the head as of its election: what the old one appended last is then known. */
  async #activate(term: LeaseTerm): Promise<void> {
    const { name, world } = this.#options;
    const isOver = (): boolean => this.#stopped || this.#leadership?.term !== term;
    try {
      await this.#consumer.catchUp();
      if (!isOver()) this.#begin();
    } catch (error) {
      if (isOver() || this.#consumer.failure !== undefined) return;
      world.log.warn({ service: name, error }, 'could not fold to the head after election');
      world.clock.after(500, () => void (isOver() || this.#activate(term)));
    }
  }

  /** State is no longer kept up to date: whoever can still fold shall decide. */
  #onConsumerFailed(): void {
    void this.#deactivate();
    void this.#leadership?.stop();
  }

  /** Repeated while there is something, and once more when it is over. */
  #reportParked(before: boolean): void {
    if (this.#stopped) return;
    const { name, world } = this.#options;
    const keys = this.#worker.parked.map(({ key, reason, since }) => ({ key, reason, since: since.toISOString() }));
    if (this.active && (keys.length > 0 || before)) {
      world.bus.publish(`${PARKED_SUBJECT}.${name}`, encodeParked({ service: name, keys }));
    }
    world.clock.after(PARKED_EVERY_MS, () => this.#reportParked(keys.length > 0));
  }

  #retireLater(): void {
    if (!this.#options.retire) return;
    this.#cancelRetire = this.#options.world.clock.after(RETIRE_EVERY_MS, () => {
      this.#retire();
      this.#retireLater();
    });
  }

  /** Not while it is behind: what is missing may still come. The next time is soon. */
  #retire(): void {
    const { world, retire = () => [] } = this.#options;
    if (world.clock.monotonicMs() - this.#consumer.atHeadMs > AT_HEAD_MS) return;
    for (const key of retire()) {
      this.#worker.forget(key);
      this.#causes.forget(key, this.#causes.of(key));
    }
  }

  #begin(): void {
    if (this.#consumer.failure !== undefined || this.#deciding) return;
    this.#deciding = true;
    this.#options.onActive?.(true);
    this.#worker.open();
  }

  async #deactivate(): Promise<void> {
    if (this.#deciding) this.#options.onActive?.(false);
    this.#deciding = false;
    await this.#worker.close();
  }

  #work(key: string): Promise<{ wakeAtMs?: number } | void> {
    const cause = this.#causes.of(key);
    const { name: service, world } = this.#options;
    if (!world.tracing || !cause) return this.#decide(key, { cause });
    const span = { service, name: 'decide', cause: cause.traceparent, attributes: { 'skerry.key': key } };
    return world.tracing.after(span, (open) => this.#decide(key, { cause, span: open }));
  }

  async #decide(
    key: string,
    { cause, span }: { cause: Cause | undefined; span?: Span | undefined },
  ): Promise<{ wakeAtMs?: number } | void> {
    const outcome = await this.#options.decide(key);
    if (!outcome?.decided) span?.drop();
    else {
      await this.#appender.append({ ...cause, ...outcome.decided });
      this.#options.world.log.debug({ service: this.#options.name, key, ...cause }, 'decided');
    }
    this.#causes.forget(key, cause);
    return outcome?.wakeAtMs === undefined ? undefined : { wakeAtMs: outcome.wakeAtMs };
  }
}
