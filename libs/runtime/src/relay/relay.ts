import { crashPoint } from '@skerry/kernel/crash-points';
import type { TerminalFailure } from '@skerry/kernel/errors';
import type { Bus } from '@skerry/ports/bus/bus';
import type { Clock } from '@skerry/ports/clock/clock';
import type { EventStore, Position } from '@skerry/ports/event-store/event-store';
import { Following } from '@skerry/ports/event-store/following';
import type { Log } from '../telemetry/log.ts';
import { type Metrics, noMetrics, type RelayFigures } from '../telemetry/metrics.ts';
import { busAhead, endsOf } from './bus-ahead.ts';
import { encodeHeads, HEADS_SUBJECT } from './heads.ts';

export interface RelayOptions {
  readonly store: Pick<EventStore, 'read' | 'head' | 'channelHeads' | 'onAppended'>;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: Metrics;
}

const HEADS_EVERY_MS = 1_000;
const PAGE = 1_000;

/**
 * Store → bus, in position order. Where to go on is what the bus holds, not a checkpoint: after a loss of the bus's
 * storage it goes on at the store's head, since consumers refill what is older from the store. While the bus or the store
 * cannot be reached it tries again at each look. One object is started once.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #following: Following;
  #published: Position = 0;
  #running = false;
  #stopped = false;
  #failure: unknown;
  #stops: (() => void | Promise<void>)[] = [];
  #cancelHeads: () => void = () => {};
  #count = 0;
  /** the store's head as of the last look */
  #head: Position = 0;
  /** when the bus was last known to have been given everything up to the head */
  #atHeadMs = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#following = new Following({
      clock: options.clock,
      through: () => this.#published,
      read: () => this.#publishPage(),
      onCaughtUp: () => (this.#failure = undefined),
      onFailed: (error) => this.#onFailure(error),
    });
  }

  /** Throws TerminalFailure `bus-ahead` when the bus holds events that the store does not: a restored backup. */
  async start(): Promise<void> {
    await this.#align();
    if (this.#stopped) return;
    this.#running = true;
    const { store, metrics = noMetrics } = this.#options;
    const unwatch = metrics.watch({ kind: 'relay', name: 'relay', read: () => this.#figures() });
    this.#stops = [store.onAppended((head) => this.#following.hear(head)), unwatch];
    this.#following.start();
    this.#sendHeads();
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#stopped = true;
    this.#following.stop();
    this.#cancelHeads();
    await Promise.all(this.#stops.map((stop) => stop()));
    this.#stops = [];
  }

  get published(): Position {
    return this.#published;
  }

  /** Why nothing is published at the moment; TerminalFailure `bus-ahead`: a person is needed. */
  get failure(): unknown {
    return this.#failure;
  }

  async #align(): Promise<void> {
    const { last, head } = await endsOf(this.#options);
    const goesOn = last.incarnation === head.incarnation && last.position > 0;
    this.#published = goesOn ? last.position : head.position;
    this.#head = head.position;
    this.#atHeadMs = this.#options.clock.monotonicMs();
  }

  async #publishPage(): Promise<boolean> {
    const { store, bus, clock } = this.#options;
    const askedMs = clock.monotonicMs();
    const range = await store.read({ after: this.#published, limit: PAGE });
    if (range.events.length > 0) crashPoint('before-relay');
    if (range.events.length > 0) await bus.publishEvents(range.events);
    const isFull = range.events.length === PAGE;
    this.#count += range.events.length;
    if (!isFull) this.#atHeadMs = askedMs;
    this.#published = Math.max(this.#published, range.through);
    return isFull;
  }

  #onFailure(error: unknown): void {
    if (!this.#running) return;
    if (!this.#failure) this.#options.log.warn({ error }, 'relay could not publish, trying again');
    this.#failure = error;
  }

  #sendHeads(): void {
    if (!this.#running) return;
    void this.#announce().catch((error: unknown) => this.#options.log.warn({ error }, 'heads could not be sent'));
    this.#cancelHeads = this.#options.clock.after(HEADS_EVERY_MS, () => this.#sendHeads());
  }

  /** What the store holds, published or not: a consumer that is behind reads the store itself while the bus is slow. */
  async #announce(): Promise<void> {
    const published = this.#published;
    const { head, channels } = await this.#options.store.channelHeads();
    if (!this.#running) return;
    this.#head = head.position;
    // A database that was restored under us gives positions out a second time.
    if (head.position < published) return await this.#giveUp(busAhead(head.position, published));
    this.#options.bus.publish(
      HEADS_SUBJECT,
      encodeHeads({ incarnation: head.incarnation, head: head.position, channels: Object.fromEntries(channels) }),
    );
  }

  async #giveUp(failure: TerminalFailure): Promise<void> {
    await this.stop();
    this.#failure = failure;
    this.#options.log.error({ error: failure }, 'relay stopped');
  }

  #figures(): RelayFigures {
    return {
      position: this.#published,
      published: this.#count,
      lagPositions: Math.max(0, this.#head - this.#published),
      lagSeconds: (this.#options.clock.monotonicMs() - this.#atHeadMs) / 1_000,
      failing: this.#failure !== undefined,
    };
  }
}
