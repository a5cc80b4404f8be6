import type { StoredEvent } from '@skerry/ports/event-store/event-store';
import type { EventStore } from '@skerry/ports/event-store/event-store';
import type { Bus } from '@skerry/ports/bus/bus';
import type { Clock } from '@skerry/ports/clock/clock';
import type { Leases } from '@skerry/ports/lease/lease';
import { decodeEvent, type DomainEvent } from '@skerry/domain/codec';
import { Appender, type Decided } from '../append/appender.ts';
import type { ChannelSelection } from '../consumer/channel-selection.ts';
import { Consumer } from '../consumer/consumer.ts';
import { Leadership } from '../lease/leadership.ts';
import type { Log } from '../telemetry/log.ts';
import { Worker } from '../worker/worker.ts';
import { encodeParked, PARKED_SUBJECT } from './parked.ts';

/** Everything a service needs from the world, as ports. */
export interface World {
  readonly store: EventStore;
  readonly bus: Bus;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly log: Log;
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
  /** called when the service begins to decide (also after a change of lease) and when it stops */
  readonly onActive?: (active: boolean) => void;
}

export interface WorkOutcome {
  readonly decided?: Decided;
  readonly wakeAtMs?: number;
}

const PARKED_EVERY_MS = 2_000;

/**
 * Fold, then decide. A fold marks keys; a worker decides each from state and appends; own events are folded when the
 * append is acknowledged. Nothing is decided before everything up to the head is folded.
 */
export class DecisionService {
  readonly #options: DecisionServiceOptions;
  readonly #consumer: Consumer;
  readonly #worker: Worker;
  readonly #appender: Appender;
  readonly #leadership: Leadership | undefined;
  #stopped = false;

  constructor(options: DecisionServiceOptions) {
    const { name, world } = options;
    const log = world.log.child({ service: name });
    this.#options = options;
    this.#worker = new Worker({ name, clock: world.clock, log, work: (key) => this.#work(key) });
    this.#consumer = new Consumer({
      ...world,
      log,
      name,
      selection: options.selection,
      fold: (row) => this.#fold(row),
    });
    this.#leadership = options.leased
      ? new Leadership({
          ...world,
          log,
          name,
          onElected: () => void this.#activate(),
          onLost: () => this.#deactivate(),
        })
      : undefined;
    this.#appender = new Appender({
      actor: `service:${name}`,
      store: world.store,
      lease: this.#leadership ? () => this.#leadership!.term : undefined,
      onAppended: (events) => events.forEach((event) => this.#consumer.offer(event)),
    });
  }

  async start(): Promise<void> {
    await this.#consumer.start();
    if (this.#leadership) await this.#leadership.start();
    else this.#begin();
    this.#reportParked(false);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#options.onActive?.(false);
    await this.#worker.close();
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

  get ready(): boolean {
    return this.#consumer.state === 'live';
  }

  #fold(row: StoredEvent): void {
    for (const key of this.#options.fold({ event: decodeEvent(row), row })) this.#worker.mark(key);
  }

  /** A new holder folds to the head as of its election: what the old one appended last is then known. */
  async #activate(): Promise<void> {
    const { world } = this.#options;
    try {
      await this.#consumer.catchUp();
      this.#begin();
    } catch (error) {
      world.log.warn({ service: this.#options.name, error }, 'could not fold to the head after election');
      if (this.#leadership?.term) world.clock.after(500, () => void this.#activate());
    }
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

  #begin(): void {
    this.#options.onActive?.(true);
    this.#worker.open();
  }

  #deactivate(): void {
    this.#options.onActive?.(false);
    void this.#worker.close();
  }

  async #work(key: string): Promise<{ wakeAtMs?: number } | void> {
    const outcome = await this.#options.decide(key);
    if (outcome?.decided) await this.#appender.append(outcome.decided);
    return outcome?.wakeAtMs === undefined ? undefined : { wakeAtMs: outcome.wakeAtMs };
  }
}
